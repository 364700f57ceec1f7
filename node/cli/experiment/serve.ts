// npm run experiment -- --serve: experiments that a page or a program starts, watches and stops.

import { createOrchestratorApp } from '../../experiment/orchestrator/app.ts';
import { createSession, type Opened } from '../../experiment/orchestrator/session.ts';
import { readExperimentFile } from '../../experiment/plan/load.ts';
import { listPresets } from '../../experiment/presets/presets.ts';
import { listen } from '../../host/network/listen.ts';
import { createPaint } from '../terminal/paint.ts';
import { untilStopped } from '../terminal/stopping.ts';
import type { ExperimentOptions } from './options.ts';
import { createExperimentReport, createNarrator } from './report.ts';
import { databaseOf, openStore, runAndClose, terminalPaint } from './run.ts';

export type ServeOptions = Extract<ExperimentOptions, { command: 'serve' }>;

/** Every caller can load this machine, so only this machine may call. */
const HOST = '127.0.0.1';
const DEFAULT_PRESET = 'quick';

/** Until a signal; a running experiment is stopped first, and can be resumed. */
export async function serve(options: ServeOptions): Promise<number> {
  const { file = DEFAULT_PRESET, port, isJson } = options;
  // A mistake in the file is told now, not at the first /start.
  const { notes } = await readExperimentFile(file, options.flags);
  const stopped = untilStopped().signal;
  const report = createExperimentReport(isJson, process.stdout, terminalPaint());
  for (const note of notes) report.note(note);
  const session = createSession({
    open: (name) => open(name, options, report),
    // For pages and programs: no colours.
    createNarrator: () => createNarrator(createPaint({}, {})),
  });
  const app = createOrchestratorApp({
    session,
    fallback: file,
    presets: (await listPresets()).map(({ name }) => name),
    signal: stopped,
    reportError: (error, where) => report.note(`${where}: ${error.message}`),
  });
  const listener = await listen(app, { host: HOST, port });
  const url = `http://localhost:${listener.port}`;
  if (isJson) process.stdout.write(`${JSON.stringify({ type: 'listening', url })}\n`);
  else report.note(`open ${url}, or ${url}/start to begin ${file} at once (Ctrl-C ends)`);
  await untilAborted(stopped);
  await session.close();
  await listener.close();
  return 0;
}

async function open(
  name: string,
  { flags, db }: ServeOptions,
  report: ReturnType<typeof createExperimentReport>,
): Promise<Opened> {
  const experiment = await readExperimentFile(name, flags);
  const store = await openStore(databaseOf(db, experiment));
  return {
    run: ({ onEvent, ...rest }) =>
      runAndClose({
        ...{ ...rest, experiment, store },
        onEvent(event) {
          report.event(event);
          onEvent(event);
        },
      }),
  };
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
