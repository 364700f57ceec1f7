// The processes of a run end with it, whatever state they are in.

import { afterEach, expect, it } from 'vitest';
import { type Crew, createCrew } from '../../../node/experiment/emulation/crew.ts';

const realPath = process.execPath;
const crews: Crew[] = [];
afterEach(async () => {
  process.execPath = realPath;
  for (const crew of crews.splice(0)) await crew.end();
});

function crewOf(signal = new AbortController().signal): Crew {
  const crew = createCrew(signal, () => ({ onSeen: () => {}, onLine: () => {} }));
  crews.push(crew);
  return crew;
}

it('ends one that stands still', async () => {
  const crew = crewOf();
  await crew.open(0);
  crew.freeze(0);
  expect(await crew.processes.get(0)?.use()).toBeUndefined();
  await crew.processes.get(0)?.flush();
  await crew.end();
  expect(() => crew.check()).not.toThrow();
});

it('has a second process of a node at hand when it was prepared', async () => {
  const crew = crewOf();
  await Promise.all([crew.open(0), crew.prepare(0)]);
  const first = crew.processes.get(0);
  await first?.kill();
  process.execPath = '/no/such/node';
  await crew.open(0);
  expect(crew.processes.get(0)).not.toBe(first);
  await expect(crew.open(0)).rejects.toMatchObject({ code: 'node_ended' });
});

it('ends those that still load, and opens none any more', async () => {
  const crew = crewOf();
  const opening = [0, 1, 2, 3, 4, 5].map((index) => crew.open(index));
  const outcomes = Promise.allSettled(opening);
  await crew.end();
  const reasons = (await outcomes).map((one) => 'reason' in one && one.reason.code);
  expect(reasons.every((code) => code === 'node_ended' || code === 'stopped')).toBe(true);
  expect(crew.processes.size).toBe(0);
});

it('ends them at the signal as well', async () => {
  const end = new AbortController();
  const crew = crewOf(end.signal);
  await crew.open(0);
  const loading = crew.open(1);
  end.abort();
  await expect(loading).rejects.toMatchObject({ name: 'OperatingError' });
  await crew.end();
  expect(() => crew.check()).not.toThrow();
});

it('says so in a sentence when no process can be made', async () => {
  process.execPath = '/no/such/node';
  await expect(crewOf().open(0)).rejects.toMatchObject({
    code: 'node_ended',
    message: expect.stringMatching(/^n1 ended: .*ENOENT\.$/),
  });
});
