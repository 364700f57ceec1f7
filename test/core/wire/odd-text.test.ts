// Text that cannot be shown as it is: the wire takes none, whatever field it stands in, and a
// message of an older release that passes some on is not lost for it.

import { describe, expect, it } from 'vitest';
import { definitionKey } from '../../../node/core/data/definitions.ts';
import { memberKey } from '../../../node/core/hash.ts';
import { decodeMessage, decodeRequest } from '../../../node/core/wire/decode.ts';
import { encodeMessage } from '../../../node/core/wire/encode.ts';
import type { ExchangeRequest } from '../../../node/core/wire/messages.ts';
import { isPlain } from '../../../node/core/wire/printable.ts';
import { createNetwork } from '../network.ts';
import { aliveUpdate, metric, metricsAt, REQUEST, refusalOf, startEngine } from '../support.ts';

/** What older releases let through, by what it does. */
const ODD = {
  'half of a surrogate pair': '\ud800',
  'a mark that turns the direction': '\u200f',
  'an Arabic letter mark': '\u061c',
  'a line separator': '\u2028',
  'a paragraph separator': '\u2029',
  'a zero-width space': '\u200b',
  'a byte order mark': '\ufeff',
  'a soft hyphen': '\u00ad',
};

const kinds = Object.entries(ODD);

/** An engine that was told this, through bytes. */
function told(cargo: Partial<ExchangeRequest>) {
  const engine = startEngine('n1');
  const bytes = encodeMessage({ ...REQUEST, cluster: engine.cluster, byKey: true, ...cargo });
  const message = decodeRequest(bytes, engine.cluster);
  const effects = engine.handle({ type: 'request', token: 1, message }, 10);
  return { engine, effects, refused: engine.status().counters.textsRefused };
}

describe('text in a message', () => {
  it.each(kinds)('with %s is no name of a node; the rest of the message stands', (_, odd) => {
    const updates = [aliveUpdate(`n2${odd}`), aliveUpdate('n3')];
    const { engine, effects, refused } = told({ updates });
    expect(engine.view.members().map(({ id }) => id)).toEqual(['n1', 'n3']);
    expect(refused).toBe(1);
    expect(JSON.stringify(effects)).not.toContain(odd);
  });

  it.each(kinds)('with %s is no address', (_, odd) => {
    const { engine } = told({ updates: [aliveUpdate('n2', { address: `http://n${odd}` })] });
    expect(engine.view.member('n2')).toBeUndefined();
  });

  it.each(kinds)('with %s leaves the reason out, and the goodbye stands', (_, odd) => {
    const leave = { reason: `upgrade${odd}` };
    const { engine } = told({ updates: [aliveUpdate('n2', { status: 'left', leave })] });
    expect(engine.view.member('n2')).toMatchObject({ status: 'left', leave: { reason: '' } });
  });

  it.each(kinds)('with %s leaves the label out; metrics and other labels stand', (_, odd) => {
    const cpu = metric('cpu');
    const labels = { rack: `r${odd}7`, [`ro${odd}le`]: 'db', zone: 'a' };
    const value = { labels, metrics: [{ definitionKey: definitionKey(cpu), priority: 5 }] };
    const entries = [
      { index: 0, version: 1, ageMs: 0, value },
      { index: 1, version: 2, ageMs: 0, value: 123 },
    ];
    const chunks = [{ ref: memberKey('n2', 1), from: 0, to: 2, entries }];
    const { engine, refused } = told({
      updates: [aliveUpdate('n2')],
      chunks,
      definitions: [cpu],
    });
    expect({ ...engine.view.member('n2')?.labels }).toEqual({ zone: 'a' });
    expect(metricsAt(engine, 'n2')).toEqual({ cpu: 12.3 });
    expect(engine.state.members.byId.get('n2')?.source.base).toBe(2);
    expect(refused).toBe(2);
  });

  it.each(kinds)('with %s defines no metric, in name, unit or description', (_, odd) => {
    const definitions = [
      metric(`c${odd}pu`),
      metric('load', { unit: odd }),
      metric('swap', { description: `Swap${odd}` }),
      metric('memory'),
    ];
    const { engine, refused } = told({ definitions });
    const names = [...engine.state.definitions.values()].map(({ name }) => name);
    expect(names).toContain('memory');
    expect(names).not.toContain('load');
    expect(names.every(isPlain)).toBe(true);
    expect(refused).toBe(3);
  });

  it.each(['\u0007', '\u001b[31m', '\u202e', '\u2066'])(
    'with %j, which no release ever sent, refuses the message',
    (odd) => {
      const sent = { ...REQUEST, updates: [aliveUpdate(`n2${odd}`)] };
      expect(refusalOf(() => decodeMessage(encodeMessage(sent))).code).toBe('malformed');
    },
  );

  it('of people is fine: any script, combined characters, pictures', () => {
    for (const text of ['größer', 'Привет', '東京', 'שלום', 'سلام', 'é', '🚀', '100 µs']) {
      expect(isPlain(text), text).toBe(true);
    }
  });
});

describe('a node of an older release with an odd label', () => {
  it('takes part: all views become equal, and nobody shows the label', () => {
    const network = createNetwork();
    const older = network.add(
      startEngine('old', { labels: { rack: 'r\u200b7' }, seeds: ['http://n1'] }),
    );
    network.add(startEngine('n1', { seeds: ['http://n2'] }));
    network.add(startEngine('n2', { seeds: ['http://n1'] }));
    network.feed(older, { type: 'samples', readings: [{ metric: 'storage', value: 20 }] });
    network.settle();
    for (const viewer of network.engines.filter((engine) => engine !== older)) {
      expect(metricsAt(viewer, 'old')).toEqual({ storage: 20 });
      expect({ ...viewer.view.member('old')?.labels }).toEqual({});
    }
  });
});
