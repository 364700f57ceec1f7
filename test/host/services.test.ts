// What the app asks of a node, where much is asked at one moment.

import { expect, it } from 'vitest';
import { createServices, type ServiceParts } from '../../node/host/services.ts';
import { oneAtATurn } from '../../node/transport/in-turns.ts';

it('of messages that have come whole at one moment one is worked on at each turn', async () => {
  const turns: (() => void)[] = [];
  const worked: number[] = [];
  const gossip = async ([first = 0]: Uint8Array): Promise<Uint8Array> => {
    worked.push(first);
    return new Uint8Array();
  };
  const { gossip: answer } = createServices({
    driver: { gossip, definitions: () => new Map(), subscribe: () => {} },
    clock: { monotonicMs: () => 0, wallMs: () => 0 },
    settings: { maxMetrics: 1 },
    machine: { probes: [] },
    turn: oneAtATurn((callback) => turns.push(callback)),
  } as unknown as ServiceParts);
  const answers = [1, 2, 3].map((first) => answer(new Uint8Array([first]), '10.0.0.1'));
  for (const many of [1, 2, 3]) {
    await new Promise(setImmediate);
    expect(worked).toHaveLength(many);
    turns.shift()?.();
  }
  expect(await Promise.all(answers)).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
});
