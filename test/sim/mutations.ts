// The rules of the protocol, each with the invariant or promise that breaks without it. The texts
// are those of node/core; when a rule is reworded there, its text is reworded here.

import { scaled } from '../support/scale.ts';
import type { Invariant } from './invariants.ts';

export interface Mutation {
  /** The rule that is taken out. */
  readonly name: string;
  readonly edits: readonly {
    readonly file: string;
    readonly rule: string;
    readonly instead: string;
  }[];
  /** What fails then: an invariant in some of these seeds, or a promise. */
  readonly fails:
    | { readonly invariant: Invariant; readonly seeds: readonly [number, number] }
    | { readonly promise: string };
}

/** From the first seed that finds it, to be quick; a change of scenario.ts may need others. */
const inSwarm = (invariant: Invariant, from = 1, to = 60): Mutation['fails'] => ({
  invariant,
  seeds: [scaled(from, 1), to],
});

const edit = (file: string, rule: string, instead = '') => ({ file, rule, instead });

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'an older generation never replaces a newer one',
    edits: [
      edit('membership/updates.ts', 'if (said.generation < held.generation) return undefined;'),
      edit(
        'membership/updates.ts',
        'said.generation > held.generation)',
        'said.generation !== held.generation)',
      ),
    ],
    fails: inSwarm('a'),
  },
  {
    name: 'an older version never replaces a newer one',
    edits: [edit('data/source.ts', 'if (version <= versionAt(source, index)) return false;')],
    fails: inSwarm('a'),
  },
  {
    name: 'positions count in the roster that the sender named',
    edits: [
      edit('membership/roster.ts', 'latest.hash === hash ? latest :', 'latest.hash ? latest :'),
    ],
    fails: inSwarm('b'),
  },
  {
    name: 'marks rise over all lanes only where there is no gap',
    edits: [edit('data/marks.ts', 'run.from <= source.base && ')],
    fails: inSwarm('c'),
  },
  {
    name: 'marks rise in a lane only where there is no gap',
    edits: [edit('data/marks.ts', 'run.from <= markOf(source, run.lane) && ')],
    fails: { promise: 'runsMerge' },
  },
  {
    name: 'values of an earlier opening of a slot are void',
    edits: [
      edit(
        'data/source.ts',
        '  if (opening < (held?.opening ?? 0)) return false;\n' +
          '  if (opening === (held?.opening ?? 0)) return held?.card !== null;',
        '  if (opening <= (held?.opening ?? 0)) return held?.card !== null;',
      ),
    ],
    fails: { promise: 'runsMerge' },
  },
  {
    name: 'a slot that is opened anew holds nothing of before',
    edits: [
      edit(
        'data/source.ts',
        'if (card === null || opening > (held?.opening ?? 0)) voidValue(source, index);',
        'if (card === null) voidValue(source, index);',
      ),
    ],
    fails: { promise: 'runsMerge' },
  },
  {
    name: 'a closed slot takes no value',
    edits: [edit('data/source.ts', 'return held?.card !== null;', 'return true;')],
    fails: { promise: 'runsMerge' },
  },
  {
    name: 'requests keep the byte budget',
    edits: [edit('exchange/request.ts', 'let room = settings.budgetBytes', 'let room = 65_000')],
    fails: inSwarm('d', 6),
  },
  {
    name: 'answers keep the byte budget',
    edits: [edit('exchange/answer.ts', 'let room = settings.budgetBytes', 'let room = 65_000')],
    fails: inSwarm('d', 14),
  },
  {
    name: 'a higher incarnation beats a worse status',
    edits: [
      edit(
        'membership/member.ts',
        'if (update.incarnation !== held.incarnation) ' +
          'return update.incarnation > held.incarnation;',
      ),
    ],
    fails: { promise: 'messagesMerge' },
  },
  {
    name: 'what is older than what is held is not merged',
    edits: [edit('data/source.ts', 'if (version <= versionAt(source, index)) return false;')],
    fails: { promise: 'runsMerge' },
  },
  {
    name: 'the forgotten are remembered',
    edits: [edit('membership/updates.ts', '  remember(state, member);\n')],
    fails: { promise: 'theForgottenStayForgotten' },
  },
  {
    name: 'metrics of a node are capped',
    edits: [edit('data/open.ts', 'next <= state.settings.maxMetrics ? next : undefined', 'next')],
    fails: inSwarm('g', 47),
  },
  {
    name: 'whoever is disputed as forgotten takes a new generation',
    edits: [
      edit('membership/updates.ts', 'if (outdated && !gone) dispute(state, said, remembered);'),
    ],
    fails: { promise: 'theForgottenComeBack' },
  },
  {
    name: 'contacts go beyond the living',
    edits: [
      edit(
        'exchange/rounds.ts',
        '  contactOutside(state, now);',
        '  if (state.members.byId.size === 1) contactOutside(state, now);',
      ),
    ],
    fails: { promise: 'partitionsHeal' },
  },
  {
    name: 'the accused refutes',
    edits: [
      edit(
        'membership/updates.ts',
        'if (!beats(said, self)) return undefined;',
        'return undefined;',
      ),
    ],
    fails: inSwarm('i'),
  },
  {
    name: 'other clusters are refused',
    edits: [edit('wire/decode.ts', 'message.cluster !== cluster', 'message.cluster < 0')],
    fails: inSwarm('j'),
  },
  {
    name: 'probes without answer accuse',
    edits: [edit('membership/probing.ts', '  accuse(state, member, probe, now);\n')],
    fails: inSwarm('death', 6),
  },
  {
    name: 'values are compared with the last published one',
    edits: [
      edit(
        'data/owner.ts',
        '  if (reason === undefined && !state.strategy.tellsEverything) {\n',
        '  if (reason === undefined && !state.strategy.tellsEverything) {\n' +
          '    state.published[slot] = { value, at: state.published[slot]?.at ?? now };\n',
      ),
    ],
    fails: { promise: 'quietNetworkIsExact' },
  },
  {
    name: 'a share of each message is random',
    edits: [
      edit('exchange/deltas.ts', 'Math.floor(budgetBytes * reserveShare)', '0'),
      edit('exchange/deltas.ts', 'sample(random, left, left.length)', 'left'),
    ],
    fails: { promise: 'noLaneStarves' },
  },
  {
    name: 'urgent changes are pushed',
    edits: [
      edit(
        'data/owner.ts',
        'if (since < Number.POSITIVE_INFINITY) broadcast',
        'if (since < 0) broadcast',
      ),
    ],
    fails: { promise: 'urgentChangesDoNotWait' },
  },
  {
    name: 'the first value of an urgent metric that begins is pushed',
    edits: [
      edit('data/owner.ts', 'return isUrgent && openedAt > state.startVersion', 'return !state'),
    ],
    fails: { promise: 'urgentMetricsDoNotWait' },
  },
  {
    name: 'pushes carry the definitions that their cards name',
    edits: [
      edit(
        'broadcast/tree.ts',
        'takeFitting(definitionsSince(state, item.chunks)',
        'takeFitting([]',
      ),
    ],
    fails: { promise: 'urgentMetricsDoNotWait' },
  },
  {
    name: 'whoever was late accuses nobody',
    edits: [
      edit(
        'membership/probing.ts',
        '    if (wasLateSince(state.health, pending.startedAt)) return;\n',
      ),
      edit('membership/probing.ts', '  if (wasLateSince(state.health, probe.startedAt)) return;\n'),
    ],
    fails: { promise: 'stallsKillNobodyElse' },
  },
  {
    name: 'who held a connection that broke looks after others did',
    edits: [
      edit(
        'membership/broken-connections.ts',
        'lookAt: now + turnsMs(state, member)',
        'lookAt: now',
      ),
    ],
    fails: { promise: 'eventsCostLittle' },
  },
  {
    name: 'who calls a suspect in vain leaves it to those who look',
    edits: [
      edit(
        'membership/probing.ts',
        "  if (member.status === 'suspect' || wasSilentFor(state, member, now)) return;\n",
      ),
      edit(
        'membership/suspicion-spread.ts',
        'turns === undefined ? maxMs + turnMs',
        'turns === undefined ? minMs',
      ),
    ],
    fails: { promise: 'eventsCostLittle' },
  },
  {
    name: 'a push that is not answered soon is handed to another',
    edits: [edit('broadcast/tree.ts', '    handOverAgain(state, item, keyRange, tried, now);\n')],
    fails: { promise: 'urgentChangesPassTheDying' },
  },
  {
    name: 'whoever leaves says so',
    edits: [
      edit(
        'engine.ts',
        "  announce(state, self, 'left');\n  broadcastOwn(state, new Map(), [self]);\n",
      ),
    ],
    fails: { promise: 'leavingRaisesNoAlarm' },
  },
  {
    name: 'a node stops when an earlier one has its id',
    edits: [edit('membership/identity.ts', '  state.replaced = !stays;\n')],
    fails: { promise: 'theLaterTwinStops' },
  },
  {
    name: 'a node goes on when a later one comes with its id',
    edits: [
      edit(
        'membership/identity.ts',
        'const stays = isElder(state, duplicate, now);',
        'const stays = false;',
      ),
    ],
    fails: { promise: 'theLaterTwinStops' },
  },
  {
    name: 'a new generation makes no run younger',
    edits: [
      edit(
        'membership/identity.ts',
        'const ageMs = now - statusSince;',
        'const ageMs = 0 * statusSince;',
      ),
    ],
    fails: { promise: 'twinsOfAPartitionSettle' },
  },
  {
    name: 'what outbids us in turn lives, though nobody can ask it',
    edits: [
      edit(
        'membership/identity.ts',
        'if (state.outbid >= PROOFS_OF_LIFE) return',
        'if (!state) return',
      ),
    ],
    fails: { promise: 'oneOfHiddenTwinsStays' },
  },
  {
    name: 'a generation beyond every clock is refused',
    edits: [
      edit(
        'membership/updates.ts',
        'if (isUnbelievable(state, said.generation, now)) return refuse(state, said);',
      ),
    ],
    fails: { promise: 'forgedGenerationsHarmNobody' },
  },
  {
    name: 'nodes without an address give signs of life',
    edits: [edit('exchange/rounds.ts', '  giveSign(state, now);\n')],
    fails: { promise: 'hiddenNodesTakePart' },
  },
];
