// Rules of what is told: slots, versions, marks, budgets, pushes.

import { edit, inSwarm, type Mutation } from './mutation.ts';

export const VALUES: readonly Mutation[] = [
  {
    name: 'an older version never replaces a newer one',
    edits: [edit('data/source.ts', 'if (version <= versionAt(source, index)) return false;')],
    fails: inSwarm('a'),
  },
  {
    name: 'marks rise over all lanes only where there is no gap',
    edits: [edit('data/marks.ts', 'run.from <= source.watermark && ')],
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
    name: 'what is older than what is held is not merged',
    edits: [edit('data/source.ts', 'if (version <= versionAt(source, index)) return false;')],
    fails: { promise: 'runsMerge' },
  },
  {
    name: 'metrics of a node are capped',
    edits: [
      edit(
        'data/publishing/open.ts',
        'next <= state.settings.maxMetrics ? next : undefined',
        'next',
      ),
    ],
    fails: inSwarm('g', 47),
  },
  {
    name: 'other clusters are refused',
    edits: [edit('wire/decode.ts', 'message.cluster !== cluster', 'message.cluster < 0')],
    fails: inSwarm('j'),
  },
  {
    name: 'values are compared with the last published one',
    edits: [
      edit(
        'data/publishing/owner.ts',
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
        'data/publishing/owner.ts',
        'if (since < Number.POSITIVE_INFINITY) broadcast',
        'if (since < 0) broadcast',
      ),
    ],
    fails: { promise: 'urgentChangesDoNotWait' },
  },
  {
    name: 'the first value of an urgent metric that begins is pushed',
    edits: [
      edit(
        'data/publishing/owner.ts',
        'return isUrgent && openedAt > state.startVersion',
        'return !state',
      ),
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
    name: 'a push that is not answered soon is handed to another',
    edits: [edit('broadcast/tree.ts', '    handOverAgain(state, item, keyRange, tried, now);\n')],
    fails: { promise: 'urgentChangesPassTheDying' },
  },
];
