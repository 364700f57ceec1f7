// Requests that come at one moment, each on a connection of its own: others have their turn too.

import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createTurnstile } from '../../../../node/host/network/listen/turnstile.ts';
import { type Listener, listen } from '../../../../node/host/network/listen.ts';
import { atEnd } from '../../../support/closing.ts';

/** A turnstile whose turns are taken by hand. */
function byHand() {
  const waiting: (() => void)[] = [];
  const done: string[] = [];
  const { enter } = createTurnstile((callback) => waiting.push(callback));
  return {
    done,
    come: (name: string, isPeer = false) => enter(() => void done.push(name), isPeer),
    turn: () => waiting.shift()?.(),
    waiting,
  };
}

describe('a turnstile', () => {
  it('lets the first in at once, and of the others one at a turn', () => {
    const { come, turn, done, waiting } = byHand();
    for (const name of ['a', 'b', 'c']) come(name);
    expect(done).toEqual(['a']);
    turn();
    expect(done).toEqual(['a', 'b']);
    come('d');
    turn();
    turn();
    expect(done).toEqual(['a', 'b', 'c', 'd']);
    turn();
    expect(waiting).toEqual([]);
    come('e');
    expect(done.at(-1)).toBe('e');
  });

  it('lets a peer and another in at each turn, so that neither starves', () => {
    const { come, turn, done } = byHand();
    come('a');
    for (const name of ['b', 'c']) come(name);
    for (const name of ['p', 'q', 'r']) come(name, true);
    turn();
    expect(done).toEqual(['a', 'p', 'b']);
    turn();
    turn();
    expect(done).toEqual(['a', 'p', 'b', 'q', 'c', 'r']);
  });

  it('goes on after work that throws', () => {
    const turns: (() => void)[] = [];
    const { enter } = createTurnstile((callback) => turns.push(callback));
    const done: string[] = [];
    expect(() => enter(() => expect.fail('a fault'), false)).toThrow('a fault');
    enter(() => void done.push('next'), false);
    turns.shift()?.();
    expect(done).toEqual(['next']);
  });
});

const CONNECTIONS = 200;

/** Opens them all, lets all ask at one moment, and waits for the answers. */
async function askAtOnce({ port }: Listener): Promise<string[]> {
  const opening = Array.from({ length: CONNECTIONS }, async () => {
    const socket = connect(port, '127.0.0.1');
    atEnd(() => socket.destroy());
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  });
  const sockets = await Promise.all(opening);
  const answers = sockets.map(
    (socket) => new Promise<string>((resolve) => socket.once('data', (d) => resolve(String(d)))),
  );
  for (const socket of sockets) socket.write('GET /state HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  return Promise.all(answers);
}

it('two hundred connections that ask at one moment are answered a turn each', async () => {
  let turn = 0;
  let isOver = false;
  const count = (): void => {
    turn++;
    if (!isOver) setImmediate(count);
  };
  const inTurns: number[] = [];
  const app = {
    fetch: () => {
      inTurns.push(turn);
      return new Response('ok');
    },
  };
  const listener = await listen(app, { host: '127.0.0.1', port: 0 });
  atEnd(() => listener.close());
  count();
  const answers = await askAtOnce(listener);
  isOver = true;
  expect(answers.every((answer) => answer.startsWith('HTTP/1.1 200'))).toBe(true);
  const most = Math.max(...inTurns.map((at) => inTurns.filter((other) => other === at).length));
  // One that comes while a turn is free goes in at once, and one in its turn.
  expect(most).toBeLessThanOrEqual(2);
});
