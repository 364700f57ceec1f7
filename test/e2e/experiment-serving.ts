// Experiments that a browser or a program starts, watches and stops over HTTP.

import { expect, it } from 'vitest';
import { launchBrowser } from '../site/browser.ts';
import { END_MS, expectStopped, manyRuns, newest, place } from './experiments.ts';
import { expectNoStack, npmRun, outcomeOf, run, untilGone, untilSaid } from './support/commands.ts';
import { freePort, hold } from './support/ports.ts';

export function describeServing(): void {
  it("starts at a visit of /start as PrioMon's own, tells events, and is stopped", async () => {
    const port = await freePort();
    const { db } = await place('none.yaml', '');
    const url = `http://localhost:${port}`;
    const command = npmRun(
      ...(['experiment', '--serve', '--port', String(port), '--db', db, '--runs', '1'] as const),
    );
    await untilSaid(command, /^open http:\/\/localhost:\d+, or .*\/start to begin quick/, 45_000);
    const visit = await fetch(`${url}/start`, { headers: { Accept: 'text/html' } });
    expect(visit.status).toBe(200);
    expect(visit.url).toBe(`${url}/`);
    expect(await visit.text()).toContain('quick, running');
    expect((await fetch(`${url}/start`)).status).toBe(409);
    await readUntil(`${url}/events`, /data: \{"type":"ended",.*"state":"done"[\s\S]*"idle"/);
    expect((await newest(db)).experiment).toMatchObject({ name: 'quick', state: 'done' });

    expect((await fetch(`${url}/start?file=overhead`, { method: 'POST' })).status).toBe(202);
    await readUntil(`${url}/events`, /data: \{"type":"run-ended"/);
    command.interrupt();
    await command.ended;
    await untilGone(command, END_MS);
    const { experiment, runs } = await newest(db);
    expect(experiment.state).toBe('stopped');
    expect(runs[0]?.state).toBe('done');
    expectNoStack(command.out() + command.error());
  });

  it('has a page whose buttons work in a browser, without a reload', async () => {
    const port = await freePort();
    const { file, db } = await place('many.yaml', manyRuns(500));
    const command = run('experiment', file, '--serve', '--port', String(port), '--db', db);
    await untilSaid(command, /^open http/, 45_000);
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 390, height: 700 } });
      const warnings: string[] = [];
      page.on('console', (message) => warnings.push(message.text()));
      await page.goto(`http://localhost:${port}/`);
      await page.click('#start');
      await page.waitForSelector('#lines li:nth-child(3)');
      expect(await page.textContent('#state')).toBe(`${file}, running`);
      // Progress is told four times a second, and runs may end faster.
      await page.waitForSelector('#bar:not([value="0"])');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      await page.click('#stop');
      await page.waitForSelector('#start:enabled');
      expect(await page.textContent('#at')).toMatch(/^stopped: \d+ runs$/);
      expect(warnings).toEqual([]);
    } finally {
      await browser.close();
    }
    await expectStopped(command, 0);
  });

  it('says so when its port is taken', async () => {
    const port = await freePort();
    const holder = await hold(port);
    const outcome = await outcomeOf('experiment', '--serve', '--port', String(port));
    await new Promise((resolve) => holder.close(resolve));
    expect(outcome.error).toMatch(/^Port \d+ on 127\.0\.0\.1 is taken; .*\.\n$/);
    expect(outcome.code).toBe(1);
  });
}

/** Fails when the stream ends first, or after half a minute. */
async function readUntil(url: string, pattern: RegExp): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of response.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (pattern.test(text)) return;
  }
  throw new Error(`never came: ${text.slice(-500)}`);
}
