import { describe, expect, it } from 'vitest';
import { createInProcessNetwork } from '../../node/transport/in-process.ts';
import { describeTransport, expectFailure } from '../contract/transport.ts';
import { createVirtualClock, realClock } from './clocks.ts';
import { createInProcessHarness } from './in-process-harness.ts';

describeTransport('in-process', () => createInProcessHarness());

describe('in-process network', () => {
  it('times out in virtual time', async () => {
    const clock = createVirtualClock();
    const network = createInProcessNetwork({ clock });
    network.listen('http://n1:4001', () => new Promise(() => {}));
    const exchange = network.transport().exchange('http://n1:4001', new Uint8Array(1), 3_600_000);
    const failed = expectFailure(exchange, 'timeout');
    await clock.advance(3_600_000);
    await failed;
  });

  it('gives each side bytes of its own', async () => {
    const network = createInProcessNetwork({ clock: realClock });
    const kept = new Uint8Array([1, 2, 3]);
    network.listen('http://n1:4001', async (body) => {
      body.fill(9);
      return kept;
    });
    const sent = new Uint8Array([4, 5, 6]);
    const answer = await network.transport().exchange('http://n1:4001', sent, 1_000);
    answer.fill(0);
    expect([...sent]).toEqual([4, 5, 6]);
    expect([...kept]).toEqual([1, 2, 3]);
  });

  it("lets a programmer's error through as it is", async () => {
    const network = createInProcessNetwork({ clock: realClock });
    network.listen('http://n1:4001', async () => {
      throw new RangeError('a bug');
    });
    const exchange = network.transport().exchange('http://n1:4001', new Uint8Array(1), 1_000);
    await expect(exchange).rejects.toThrow(RangeError);
  });
});
