// Whether a node may start, by what peers and the place where they see its id answer.

import { describe, expect, it } from 'vitest';
import { OperatingError } from '../../../node/errors.ts';
import {
  type DuplicateIdOptions,
  refuseDuplicateId,
} from '../../../node/host/network/duplicate-id.ts';
import { peerRefusal } from '../../../node/http/query/peers.ts';
import { createTestClock } from '../../driver/support.ts';

interface Said {
  readonly status?: string;
  readonly address?: string;
  readonly generation?: number;
  readonly ageMs?: number;
  readonly cluster?: string;
}

const PEER = 'http://peer';
const ELDER = 'http://elder';
const OWN = 'http://own';

/** What `GET /members?node=n3` answers at a node that knows n3 so. */
const knows = (answeredBy: string, said: Said = {}) => {
  const { cluster = 'priomon', ...member } = said;
  const seen = {
    ...{ node: 'n3', status: 'alive', address: ELDER, generation: 7, ageMs: 400 },
    ...member,
  };
  return { answeredBy, cluster, at: 'now', members: [seen] };
};
const knowsNobody = { answeredBy: 'peer', cluster: 'priomon', members: [] };

/** A peer that answers and tells nothing: for good, or while it starts. */
const REFUSAL = Symbol('refusal');
const STARTING = Symbol('starting');

type Place = (nth: number) => unknown;

/** `places` says what is answered where; elsewhere nobody listens. Resolves with the outcome. */
async function start(
  places: Readonly<Record<string, unknown>>,
  changes: Partial<DuplicateIdOptions> = {},
) {
  const clock = createTestClock();
  const asked: string[] = [];
  const told: string[] = [];
  const ask: DuplicateIdOptions['ask'] = async (address, path, timeoutMs) => {
    expect(path).toBe('/members?node=n3');
    asked.push(address);
    const place = places[address];
    const nth = asked.filter((each) => each === address).length;
    if (place === REFUSAL) throw peerRefusal(address, 403, { detail: 'No. Ask me otherwise.' });
    if (place === STARTING) throw peerRefusal(address, 503, { detail: 'Not yet.' });
    if (place === 'silence') await new Promise<void>((resolve) => clock.after(timeoutMs, resolve));
    if (place === undefined || place === 'silence') {
      throw new OperatingError('unreachable', `${address} does not answer`);
    }
    return typeof place === 'function' ? (place as Place)(nth) : place;
  };
  const own = { id: 'n3', cluster: 'priomon', lastGeneration: undefined };
  let outcome: string | undefined;
  const onBlind = (sentence: string): void => void told.push(sentence);
  const done = refuseDuplicateId({ ...own, peers: [PEER], ask, clock, onBlind, ...changes }).then(
    () => 'starts',
    (error: unknown) => (error instanceof OperatingError ? error.message : String(error)),
  );
  void done.then((text) => {
    outcome = text;
  });
  while (outcome === undefined) await clock.advance(50);
  return { outcome, asked, told, tookMs: clock.monotonicMs() };
}

const REFUSED =
  `A node called n3 runs at ${ELDER} already; give this one another --id, or stop the other ` +
  'first.';

describe('a node does not start', () => {
  it('where a peer sees its id elsewhere, and that place answers for it', async () => {
    const { outcome } = await start({ [PEER]: knows('peer'), [ELDER]: knows('n3') });
    expect(outcome).toBe(REFUSED);
  });

  it('where the peer that it knows is the other one itself', async () => {
    const { outcome } = await start({ [ELDER]: knows('n3') }, { peers: [ELDER] });
    expect(outcome).toBe(REFUSED);
  });

  it('where the other one is suspected, and yet answers', async () => {
    const places = { [PEER]: knows('peer', { status: 'suspect' }), [ELDER]: knows('n3') };
    expect((await start(places)).outcome).toBe(REFUSED);
  });

  it('where another program holds the address that it tells peers', async () => {
    const places = {
      [PEER]: knows('peer', { address: OWN }),
      [OWN]: knows('n3', { address: OWN }),
    };
    expect((await start(places)).outcome).toContain(`runs at ${OWN} already`);
  });

  it('as a clone, whose store has the generation of the other one', async () => {
    const places = { [PEER]: knows('peer'), [ELDER]: knows('n3') };
    expect((await start(places, { lastGeneration: 7 })).outcome).toBe(REFUSED);
  });

  it('where peers go on hearing of one that has no address', async () => {
    const places = { [PEER]: () => knows('peer', { address: '', ageMs: 200 }) };
    const { outcome } = await start(places);
    expect(outcome).toBe(
      `A node called n3, which has no address, is heard by ${PEER}; give this one another --id, ` +
        'or stop the other first.',
    );
  });
});

describe('a node starts', () => {
  it.each<[string, Record<string, unknown>]>([
    ['knows nobody of its id', { [PEER]: knowsNobody }],
    ['has seen it die', { [PEER]: knows('peer', { status: 'dead' }), [ELDER]: knows('n3') }],
    ['has seen it leave', { [PEER]: knows('peer', { status: 'left' }), [ELDER]: knows('n3') }],
    ['is of another cluster', { [PEER]: knows('peer', { cluster: 'b' }), [ELDER]: knows('n3') }],
    ['is no node', { [PEER]: { hello: 'world' }, [ELDER]: knows('n3') }],
    ['is starting too', { [PEER]: undefined }],
  ])('where the peer %s', async (_, places) => {
    const { outcome, asked } = await start(places);
    expect(outcome).toBe('starts');
    expect(asked).toEqual([PEER]);
  });

  it.each<[string, unknown]>([
    ['nobody listens any more', undefined],
    ['a machine has vanished, or hangs', 'silence'],
    ['another node lives now', { ...knowsNobody, answeredBy: 'n8' }],
    ['it is leaving', knows('n3', { status: 'left' })],
  ])('where its id was seen, but %s', async (_, place) => {
    const { outcome, asked } = await start({ [PEER]: knows('peer'), [ELDER]: place });
    expect(outcome).toBe('starts');
    expect(asked).toEqual([PEER, ELDER]);
  });

  it('though a peer makes up thousands of members, and looks at one of them', async () => {
    let looks = 0;
    const member = {
      get node() {
        looks++;
        return 0;
      },
    };
    const lies = {
      answeredBy: 'peer',
      cluster: 'priomon',
      members: new Array(80_000).fill(member),
    };
    expect(await start({ [PEER]: lies })).toMatchObject({ outcome: 'starts', told: [] });
    expect(looks).toBe(1);
  });

  it('and says so where all peers that could know refuse the question', async () => {
    const { outcome, told } = await start({ [PEER]: REFUSAL });
    expect(outcome).toBe('starts');
    expect(told).toEqual([
      `whether another node called n3 runs already is not known, for ${PEER} answered 403: No. ` +
        'Ask me otherwise; this one starts, and if there are two, the one that was started later ' +
        'stops',
    ]);
  });

  it('and says so where its id was seen at an address that refuses the question', async () => {
    const { outcome, told } = await start({ [PEER]: knows('peer'), [ELDER]: REFUSAL });
    expect(outcome).toBe('starts');
    expect(told).toEqual([expect.stringContaining(`${ELDER} answered 403`)]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another peer tells', { [PEER]: REFUSAL, 'http://other': knowsNobody }],
    ['the peer is starting too', { [PEER]: STARTING }],
    ['nobody answers', {}],
  ])('without a word where %s', async (_, places) => {
    const { outcome, told } = await start(places, { peers: [PEER, 'http://other'] });
    expect(outcome).toBe('starts');
    expect(told).toEqual([]);
  });

  it('within a second where no peer can be reached', async () => {
    const { outcome, tookMs } = await start({ [PEER]: 'silence' });
    expect(outcome).toBe('starts');
    expect(tookMs).toBeLessThanOrEqual(500);
  });

  it('at once behind NAT, where peers have not missed its last run yet', async () => {
    const places = { [PEER]: knows('peer', { address: '' }) };
    const { outcome, tookMs } = await start(places, { lastGeneration: 7 });
    expect(outcome).toBe('starts');
    expect(tookMs).toBeLessThan(100);
  });

  it('behind NAT and without a store, once peers have heard no more of its last run', async () => {
    let heardAgoMs = 100;
    const aging = () => {
      heardAgoMs += 500;
      return knows('peer', { address: '', ageMs: heardAgoMs });
    };
    const { outcome, tookMs } = await start({ [PEER]: aging });
    expect(outcome).toBe('starts');
    expect(tookMs).toBeLessThanOrEqual(6_000);
  });

  it('after it asked eight peers at most', async () => {
    const peers = Array.from({ length: 100 }, (_, i) => `http://peer${i}`);
    expect((await start({}, { peers })).asked).toHaveLength(8);
  });
});
