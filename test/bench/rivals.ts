// What others need for the same work. `here` was measured on the same kind of machine (2 cores,
// Debian 12), so it compares side by side; `published` is what its makers say.

export interface Rival {
  readonly name: string;
  /** In the unit of the row that names it. */
  readonly value: number;
  readonly source: 'here' | 'published';
  readonly conditions: string;
}

const here = (name: string, value: number, conditions: string): Rival => ({
  name,
  value,
  source: 'here',
  conditions,
});

const PRIOMON = 'PrioMon (Python)';
const PRIOMON_WAY = 'gossip_rate 1 s, target_count 1, a process a node, TCP/IP headers counted';

export const RIVALS = {
  bytes20: here(PRIOMON, 10_681, `20 nodes, ${PRIOMON_WAY}`),
  bytes100: here(PRIOMON, 47_466, `100 nodes, ${PRIOMON_WAY}`),
  bytes1000: here(PRIOMON, 475_000, 'by its slope of 475 B/s for each node more'),
  packets20: here(PRIOMON, 27, `20 nodes, ${PRIOMON_WAY}; a new connection a request`),
  start20: here('serf 0.9.4', 1.2, '20 agents have joined, LAN profile; no metrics'),
  cpu: here(PRIOMON, 1.05, '20 nodes, gossip_rate 1 s'),
  memoryMb: here(PRIOMON, 37.8, '20 nodes; netdata 1.37: 65 MB, the Node.js runtime alone: 42 MB'),
  sampleMs: here('systeminformation', 180, 'CPU time of the calls of one full host sample'),
  lateMs: here('systeminformation', 152, 'longest block of the event loop by one full host sample'),
  urgentMs: here('serf 0.9.4', 800, 'a changed tag reached all 20 agents in less than that'),
  urgent100Ms: here(PRIOMON, 6_700, '100 nodes, first full view; it has no urgent path'),
  deathS: {
    name: 'chitchat (Rust)',
    value: 10,
    source: 'published',
    conditions: 'ceiling of its own tests for 100 nodes, rounds of 300 ms, f = 3',
  },
} as const satisfies Record<string, Rival>;
