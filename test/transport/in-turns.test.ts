import { expect, it } from 'vitest';
import type { Transport } from '../../node/ports.ts';
import { inTurns } from '../../node/transport/in-turns.ts';
import { createNodeHttpTransport } from '../../node/transport/node-http.ts';
import { withSecondTry } from '../../node/transport/second-try.ts';
import { describeTransport } from '../contract/transport.ts';
import { realClock } from './clocks.ts';
import { serveHttp, unusedAddress } from './http-harness.ts';

const MAX_BYTES = 100_000;

describeTransport('in turns', () => ({
  maxBytes: MAX_BYTES,
  tellsDisconnects: true,
  connect: () =>
    withSecondTry(inTurns(createNodeHttpTransport({ maxBytes: MAX_BYTES })), realClock),
  unusedAddress,
  serve: serveHttp,
}));

it('of exchanges that end at one moment one ends at each turn, failed or answered', async () => {
  const turns: (() => void)[] = [];
  const answer = new Uint8Array([1]);
  const ending: Transport = {
    exchange: async (address) => {
      if (address === 'down') throw new Error('down');
      return answer;
    },
    onDisconnect: () => {},
    traffic: () => ({ sentBytes: 0, receivedBytes: 0 }),
    close: async () => {},
  };
  const transport = inTurns(ending, (callback) => turns.push(callback));
  const ended: string[] = [];
  for (const address of ['a', 'down', 'c']) {
    void transport.exchange(address, answer, 1).then(
      () => ended.push(address),
      () => ended.push(`${address} failed`),
    );
  }
  const settled = () => new Promise(setImmediate);
  const seen: number[] = [];
  for (let turn = 0; turn < 4; turn++) {
    await settled();
    seen.push(ended.length);
    turns.shift()?.();
  }
  expect(seen).toEqual([1, 2, 3, 3]);
  expect(ended).toEqual(['a', 'down failed', 'c']);
  expect(turns).toEqual([]);
});
