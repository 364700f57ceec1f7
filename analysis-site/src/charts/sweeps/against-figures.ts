// The figures that show a measure against one setting or another, each a specification.

import { finished, measured, measureOf, measures, untilFullView } from '../statistics/data.ts';
import { against } from './against.ts';
import type { Against } from './against-rows.ts';
import { pushPullRounds } from './theory.ts';

/** The time until all know all, beside what theory promises. */
const UNTIL_FULL_VIEW = {
  values: measured('full_view_rounds'),
  yLabel: '↑ rounds until all know all',
  subject: 'the time until all know all',
  unit: 'rounds',
  never: 'not every view became full in time',
  reference: {
    name: 'theory',
    // It speaks of push-pull alone.
    of: () => (run) =>
      run.exchange === 'push-pull' ? pushPullRounds(run.nodes, run.targetCount, run.loss) : null,
  },
} as const satisfies Partial<Against>;

/** What a node does until it knows all. */
const UNTIL_KEPT_FULL_VIEW = {
  needs: ['rounds', 'measures', 'nodes'],
  setting: 'nodes',
  never: 'not every view became full in time',
  nothing: 'kept no rounds',
} as const satisfies Partial<Against>;

const WHILE_DOWN = {
  setting: 'failureRate',
  nothing: 'ran no queries while nodes were down',
} as const satisfies Partial<Against>;

/** What a node sends as the fleet grows, by strategy: the wall that gossip runs into is here. */
export const overheadNodes = against({
  id: 'overhead-nodes',
  title: 'Network overhead by number of nodes',
  values: measured('wire_bytes'),
  setting: 'nodes',
  yLabel: '↑ bytes a second and node, with headers',
  scale: 'log',
  subject: 'the traffic of a node',
  unit: 'B/s',
  nothing: 'counted no bytes',
  reference: {
    name: 'floor',
    of: (data) => {
      const floors = measures(data, 'floor_bytes');
      return ({ id }) => measureOf(floors.get(id));
    },
  },
});

/** What the monitor takes of the machine it watches: processor. */
export const cpuNodes = against({
  id: 'cpu-nodes',
  title: 'Processor',
  values: measured('cpu', { times: 100 }),
  setting: 'nodes',
  yLabel: '↑ % of a core and node',
  subject: 'the processor time of a node',
  unit: '% of a core',
  nothing: 'measured no processor time: only real processes use any',
});

/** What the monitor takes of the machine it watches: memory. */
export const memoryNodes = against({
  id: 'memory-nodes',
  title: 'Memory',
  values: measured('rss_bytes', { times: 1e-6 }),
  setting: 'nodes',
  yLabel: '↑ MB of memory and node',
  subject: 'the memory of a node',
  unit: 'MB',
  nothing: 'measured no memory: only real processes have their own',
});

/** How many rounds it takes until every node knows of every other, against the theory's line. */
export const convergenceNodes = against({
  ...UNTIL_FULL_VIEW,
  id: 'convergence-nodes',
  title: 'Convergence by number of nodes',
  setting: 'nodes',
  nothing: 'waited for no full view',
});

/** How lost messages delay convergence, against the theory's line. */
export const convergenceLoss = against({
  ...UNTIL_FULL_VIEW,
  id: 'convergence-loss',
  title: 'Convergence under loss',
  setting: 'loss',
  // Where nothing was lost it would say again what the number of nodes says.
  values: (data) =>
    finished(data).some(({ loss }) => loss > 0) ? UNTIL_FULL_VIEW.values(data) : new Map(),
  nothing: 'waited for no full view while messages were lost',
});

/** What convergence costs: messages a node sends until all know all. */
export const convergenceMessages = against({
  ...UNTIL_KEPT_FULL_VIEW,
  id: 'convergence-messages',
  title: 'Messages until convergence',
  values: untilFullView('messages'),
  yLabel: '↑ messages a node sends until all know all',
  subject: 'the number of messages a node sends until all know all',
  unit: 'messages',
});

/** How much a node has to store by the time it knows all: entries, the whole fleet's. */
export const entriesHeld = against({
  ...UNTIL_KEPT_FULL_VIEW,
  id: 'entries-held',
  title: 'Entries stored at convergence',
  values: untilFullView('newEntries'),
  yLabel: '↑ entries a node took in until all know all',
  subject: 'the number of entries a node has taken in when all know all',
  unit: 'entries',
});

/** How often an update travels for every node that needs it: 1 would be perfect. */
export const updateCopies = against({
  id: 'update-copies',
  title: 'Copies per update',
  values: measured('copies'),
  setting: 'nodes',
  yLabel: '↑ copies for each node that needs one',
  subject: 'the number of copies of an update per node that needs it',
  unit: '',
  nothing: 'followed no updates',
});

/** Whether a fleet still answers when some of its nodes are down. */
export const querySuccess = against({
  ...WHILE_DOWN,
  id: 'query-success',
  title: 'Queries answered while nodes are down',
  values: measured('query_success', { label: 'failed', times: 100 }),
  yLabel: '↑ queries answered, %',
  domain: [0, 100],
  subject: 'the share of answered queries',
  unit: '%',
  comparison: 'points',
});

/** How old answers are when some nodes are down, against the truth that the experiment knows. */
export const queryStaleness = against({
  ...WHILE_DOWN,
  id: 'query-staleness',
  title: 'Staleness of answers while nodes are down',
  values: measured('query_staleness_ms', { label: 'failed' }),
  yLabel: '↑ true staleness of answers, ms',
  subject: 'the true staleness of answers',
  unit: 'ms',
  never: 'no query was answered',
});

/** What a quorum costs: messages of one query. */
export const queryCost = against({
  ...WHILE_DOWN,
  id: 'query-cost',
  title: 'Messages of a query while nodes are down',
  values: measured('query_messages', { label: 'failed' }),
  yLabel: '↑ messages of a query',
  subject: 'the cost of a query',
  unit: 'messages',
});

/** How long until every living node says that a dead one is dead, as conditions get worse. */
export const detectionTime = against({
  id: 'detection-time',
  title: 'Time until all know of a death',
  values: measured('detection_ms', { times: 1e-3 }),
  setting: ['loss', 'failureRate', 'nodes'],
  yLabel: '↑ seconds from a death until all living know',
  subject: 'the time until all living nodes know of a death',
  unit: 's',
  never: 'no death was known to all in time',
  nothing: 'let no node die',
});

/** How often the living are declared dead: the price of detecting deaths fast. */
export const falseDeaths = against({
  id: 'false-deaths',
  title: 'Living nodes declared dead',
  values: measured('false_deaths'),
  setting: ['loss', 'failureRate', 'nodes'],
  yLabel: '↑ false deaths in a run',
  subject: 'the number of living nodes declared dead in a run',
  unit: '',
  nothing: 'watched no membership',
});

/** How long it takes after nodes return or a partition heals until all views are whole again. */
export const recovery = against({
  id: 'recovery',
  title: 'Recovery after failures heal',
  values: measured('recovery_ms', { times: 1e-3 }),
  setting: ['failureRate', 'loss', 'nodes'],
  yLabel: '↑ seconds until all views are whole',
  subject: 'the time to recover',
  unit: 's',
  never: 'not every view became whole again',
  nothing: 'healed no failure',
});
