// Everything the protocol can be told, with unit, range and why. The configuration schema checks
// the ranges; past it these are true.

export interface ProtocolSettings {
  /** Clusters with different names never mix. 1–64 characters. */
  readonly cluster: string;
  /** Length of a gossip round, ms. 50–3,600,000. Shorter spreads faster and costs in proportion. */
  readonly roundMs: number;
  /** A calm cluster stretches its rounds up to this, ms; equal to `roundMs` for fixed rounds. */
  readonly maxRoundMs: number;
  /** Exchanges a node starts per round (f). 1–16; capped at the peers there are. */
  readonly targetCount: number;
  /** Encoded bytes of one message at most. 64–65,536. */
  readonly budgetBytes: number;
  /** Share of a message's budget that goes to random stale chunks, so that no lane starves. */
  readonly reserveShare: number;
  /** A silent metric is told again after `refreshMs / priority`, ms. At least a round. */
  readonly refreshMs: number;
  /** From this priority on a change is pushed at once. 1–255. */
  readonly urgentPriority: number;
  /** Urgent messages a node may send per second, and in one burst; bounds storms. */
  readonly urgentPerSecond: number;
  readonly urgentBurst: number;
  /** How long one exchange may take, ms, before the peer is probed through others. */
  readonly exchangeTimeoutMs: number;
  /** Peers asked to probe for us (SWIM's k). 0–8. */
  readonly indirectProbes: number;
  /** Shortest and longest time from suspicion to death, ms; confirmations move it between. */
  readonly suspicionMinMs: number;
  readonly suspicionMaxMs: number;
  /** The dead and the left keep their last state this long, ms. */
  readonly forgetAfterMs: number;
  /** Every so many rounds one contact goes to a seed or a dead peer, forever. */
  readonly contactEveryRounds: number;
  /** Peers kept in rotation; bounds open connections in large clusters. */
  readonly neighbours: number;
  /** Members, metrics of one member, and forgotten members held at most. */
  readonly maxMembers: number;
  readonly maxMetrics: number;
  readonly maxForgotten: number;
  /** Memory that members, their metrics and definitions may take together, bytes, by estimate. */
  readonly maxViewBytes: number;
}

export const DEFAULT_SETTINGS: ProtocolSettings = {
  cluster: 'priomon',
  roundMs: 1_000,
  maxRoundMs: 3_000,
  targetCount: 1,
  budgetBytes: 4_096,
  reserveShare: 0.125,
  refreshMs: 300_000,
  urgentPriority: 10,
  urgentPerSecond: 40,
  urgentBurst: 80,
  exchangeTimeoutMs: 750,
  indirectProbes: 3,
  suspicionMinMs: 2_000,
  suspicionMaxMs: 6_000,
  forgetAfterMs: 24 * 3_600_000,
  contactEveryRounds: 5,
  neighbours: 32,
  maxMembers: 10_000,
  maxMetrics: 255,
  maxForgotten: 10_000,
  maxViewBytes: 64 * 2 ** 20,
};
