// Records what this release sends, once before it goes out: npm exec -- node test/wire/record.ts.
// What stands there already is never changed: nodes out there still send it.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { WIRE_VERSION } from '../../node/core/wire/messages.ts';
import { replayAnswers, replayRequests } from './replay.ts';
import { sealStory } from './sealing.ts';
import { tellStory } from './story.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const file = `test/wire/recorded/${version}.json`;
if (existsSync(file)) {
  process.stderr.write(`${file} is recorded already; raise the version in package.json first.\n`);
  process.exitCode = 1;
} else {
  const messages = tellStory();
  const requestsTo = Object.fromEntries(
    ['a', 'b', 'c'].map((id) => [id, replayRequests(messages, id)]),
  );
  const answersTo = Object.fromEntries(['b', 'c'].map((id) => [id, replayAnswers(messages, id)]));
  const sealed = await sealStory(messages);
  const told = { messages, requestsTo, answersTo, sealed };
  const recording = { release: version, wireVersion: WIRE_VERSION, ...told };
  writeFileSync(file, `${JSON.stringify(recording, undefined, 1)}\n`);
  process.stdout.write(`${file}: ${messages.length} messages.\n`);
}
