import { describe, expect, it } from 'vitest';
import { createRandom } from '../../node/core/random.ts';
import type { Transport } from '../../node/ports.ts';
import {
  createPartition,
  withCorruption,
  withDelay,
  withDuplication,
  withLoss,
  withPartition,
} from '../../node/transport/faults.ts';
import { createInProcessNetwork } from '../../node/transport/in-process.ts';
import { describeTransport, expectFailure } from '../contract/transport.ts';
import { createVirtualClock, realClock } from './clocks.ts';
import { createInProcessHarness } from './in-process-harness.ts';

const A = 'http://a:4001';
const B = 'http://b:4001';
const BODY = Uint8Array.from({ length: 100 }, (_, i) => i);

describeTransport('every fault wrapper, set to do nothing, around in-process', () =>
  createInProcessHarness((inner) => {
    const random = createRandom(1);
    const clock = realClock;
    let transport = withLoss(inner, { random, clock, requestShare: 0, answerShare: 0 });
    transport = withDelay(transport, { random, clock, minMs: 0, maxMs: 0 });
    transport = withDuplication(transport, { random, share: 0 });
    transport = withCorruption(transport, { random, requestShare: 0, answerShare: 0 });
    return withPartition(transport, { clock, partition: createPartition(), self: A });
  }),
);

/** A virtual network in which B echoes and notes what it handled, and when. */
function createScene(seed = 1) {
  const clock = createVirtualClock();
  const random = createRandom(seed);
  const network = createInProcessNetwork({ clock });
  const handled: { readonly atMs: number; readonly body: Uint8Array }[] = [];
  const stop = network.listen(B, async (body) => {
    handled.push({ atMs: clock.monotonicMs(), body: body.slice() });
    return body;
  });
  const outcome = (transport: Transport, timeoutMs = 1_000) =>
    transport.exchange(B, BODY, timeoutMs).then(
      (answer) => ({ answer, atMs: clock.monotonicMs() }),
      (error) => ({ failure: error.failure, atMs: clock.monotonicMs() }),
    );
  return { clock, random, network, handled, stop, outcome, transport: network.transport() };
}

describe('loss', () => {
  it('of a request: the peer never sees it and the caller waits until its timeout', async () => {
    const { transport, clock, random, handled, outcome } = createScene();
    const lossy = withLoss(transport, { random, clock, requestShare: 1, answerShare: 0 });
    const seen = outcome(lossy);
    await clock.advance(5_000);
    expect(await seen).toEqual({ failure: 'timeout', atMs: 1_000 });
    expect(handled).toHaveLength(0);
  });

  it('of an answer: the peer handled the request and the caller times out', async () => {
    const { transport, clock, random, handled, outcome } = createScene();
    const lossy = withLoss(transport, { random, clock, requestShare: 0, answerShare: 1 });
    const seen = outcome(lossy);
    await clock.advance(5_000);
    expect(await seen).toEqual({ failure: 'timeout', atMs: 1_000 });
    expect(handled).toHaveLength(1);
  });

  it('takes the share that it is told, the same exchanges for the same seed', async () => {
    const run = async (seed: number): Promise<boolean[]> => {
      const { transport, clock, random, outcome } = createScene(seed);
      const lossy = withLoss(transport, { random, clock, requestShare: 0.3, answerShare: 0 });
      const all = Array.from({ length: 500 }, () => outcome(lossy));
      await clock.advance(1_000);
      return (await Promise.all(all)).map((each) => 'failure' in each);
    };
    const lost = await run(7);
    expect(lost.filter(Boolean).length / lost.length).toBeCloseTo(0.3, 1);
    expect(await run(7)).toEqual(lost);
    expect(await run(8)).not.toEqual(lost);
  });
});

describe('delay', () => {
  it('takes its time both ways', async () => {
    const { transport, clock, random, handled, outcome } = createScene();
    const seen = outcome(withDelay(transport, { random, clock, minMs: 100, maxMs: 100 }));
    await clock.advance(5_000);
    expect(await seen).toEqual({ answer: BODY, atMs: 200 });
    expect(handled[0]?.atMs).toBe(100);
  });

  it('lets the peer handle a request whose caller no longer waits', async () => {
    const { transport, clock, random, handled, outcome } = createScene();
    const seen = outcome(withDelay(transport, { random, clock, minMs: 1_500, maxMs: 1_500 }));
    await clock.advance(5_000);
    expect(await seen).toEqual({ failure: 'timeout', atMs: 1_000 });
    expect(handled[0]?.atMs).toBe(1_500);
  });

  it('delays failures as well', async () => {
    const { transport, clock, random, stop, outcome } = createScene();
    stop();
    const seen = outcome(withDelay(transport, { random, clock, minMs: 100, maxMs: 100 }));
    await clock.advance(5_000);
    expect(await seen).toEqual({ failure: 'refused', atMs: 200 });
  });

  it('reorders exchanges, for each draws its own delay', async () => {
    const { transport, clock, random, handled } = createScene();
    const slow = withDelay(transport, { random, clock, minMs: 0, maxMs: 100 });
    const sent = Array.from({ length: 20 }, (_, i) => i);
    const all = sent.map((i) => slow.exchange(B, new Uint8Array([i]), 1_000));
    await clock.advance(1_000);
    await Promise.all(all);
    const order = handled.map(({ body }) => body[0]);
    expect(order).not.toEqual(sent);
    expect(order.toSorted((a = 0, b = 0) => a - b)).toEqual(sent);
  });
});

describe('duplication', () => {
  it('lets the peer handle the same body twice while the caller sees one answer', async () => {
    const { transport, clock, random, handled, outcome } = createScene();
    const seen = outcome(withDuplication(transport, { random, share: 1 }));
    await clock.advance(0);
    expect(await seen).toMatchObject({ answer: BODY });
    expect(handled.map(({ body }) => body)).toEqual([BODY, BODY]);
  });
});

describe('corruption', () => {
  it('of a request changes or shortens what the peer sees, not what the caller holds', async () => {
    const { transport, clock, random, handled, outcome } = createScene();
    const original = BODY.slice();
    const bad = withCorruption(transport, { random, requestShare: 1, answerShare: 0 });
    const all = Array.from({ length: 50 }, () => outcome(bad));
    await clock.advance(0);
    await Promise.all(all);
    expect(handled.filter(({ body }) => Buffer.from(body).equals(original))).toHaveLength(0);
    expect(handled.some(({ body }) => body.length < original.length)).toBe(true);
    expect(handled.some(({ body }) => body.length === original.length)).toBe(true);
    expect(BODY).toEqual(original);
  });

  it('of an answer leaves the request whole', async () => {
    const { transport, clock, random, handled, outcome } = createScene();
    const bad = withCorruption(transport, { random, requestShare: 0, answerShare: 1 });
    const seen = outcome(bad);
    await clock.advance(0);
    expect(await seen).not.toMatchObject({ answer: BODY });
    expect(handled[0]?.body).toEqual(BODY);
  });
});

describe('partition', () => {
  it.each([
    ['both ways: nothing arrives', 0, 'cut', [A], [B]],
    ['from caller to peer: the request is lost', 0, 'cutOneWay', [A], [B]],
    ['from peer to caller: the answer is lost', 1, 'cutOneWay', [B], [A]],
  ] as const)('%s', async (_, handledTimes, cut, from, to) => {
    const { transport, clock, handled, outcome } = createScene();
    const partition = createPartition();
    partition[cut](from, to);
    const seen = outcome(withPartition(transport, { clock, partition, self: A }));
    await clock.advance(5_000);
    expect(await seen).toEqual({ failure: 'timeout', atMs: 1_000 });
    expect(handled).toHaveLength(handledTimes);
  });

  it('leaves others alone, and heals', async () => {
    const { transport, clock, outcome } = createScene();
    const partition = createPartition();
    partition.cut(['http://c:4001'], [B]);
    const ofA = withPartition(transport, { clock, partition, self: A });
    const ofC = withPartition(transport, { clock, partition, self: 'http://c:4001' });
    const seen = [outcome(ofA), outcome(ofC)];
    await clock.advance(1_000);
    expect(await seen[0]).toMatchObject({ answer: BODY });
    expect(await seen[1]).toMatchObject({ failure: 'timeout' });
    partition.heal();
    const healed = outcome(ofC);
    await clock.advance(0);
    expect(await healed).toMatchObject({ answer: BODY });
  });

  it('hides the end of a connection from the other side', async () => {
    const { transport, clock, stop, outcome } = createScene();
    const partition = createPartition();
    const wrapped = withPartition(transport, { clock, partition, self: A });
    const gone: string[] = [];
    wrapped.onDisconnect((address) => gone.push(address));
    const seen = outcome(wrapped);
    await clock.advance(0);
    await seen;
    partition.cutOneWay([B], [A]);
    stop();
    expect(gone).toEqual([]);
  });
});

it('closing a wrapped transport ends what waits for a lost answer', async () => {
  const { transport, clock, random } = createScene();
  const lossy = withLoss(transport, { random, clock, requestShare: 1, answerShare: 0 });
  const pending = expectFailure(lossy.exchange(B, BODY, 3_600_000), 'closed');
  await lossy.close();
  await pending;
});
