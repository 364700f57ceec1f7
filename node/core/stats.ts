// Counters since the start; everything that is dropped or refused is visible here.

export interface Counters {
  rounds: number;
  exchangesStarted: number;
  exchangesAnswered: number;
  exchangesFailed: number;
  /** Of these, those that a node of another release refused. */
  exchangesOtherVersion: number;
  /** There were too many under way to start another. */
  exchangesUnsent: number;
  exchangesEqual: number;
  busyAnswers: number;
  pushesSent: number;
  pushesUnsent: number;
  broadcastsDropped: number;
  entriesPublished: number;
  entriesMoved: number;
  entriesFiltered: number;
  entriesLearned: number;
  /** Of which nothing was held before: members, values and records of theirs, definitions. */
  membersLearned: number;
  metricsLearned: number;
  definitionsLearned: number;
  entriesDuplicate: number;
  /** Runs that began beyond our mark: their entries count, their claim does not. */
  runsWithGap: number;
  updatesRefused: number;
  membersRefused: number;
  addressesRefused: number;
  /** Copies of facts that nobody told: they are shown to nobody. */
  factsForged: number;
  generationsRefused: number;
  definitionsRefused: number;
  entriesRefused: number;
  /** Of all that was refused, what there was no room for. */
  refusedForRoom: number;
  pingsSent: number;
  refutations: number;
  deathsDeclared: number;
}

export const createCounters = (): Counters => ({
  rounds: 0,
  exchangesStarted: 0,
  exchangesAnswered: 0,
  exchangesFailed: 0,
  exchangesOtherVersion: 0,
  exchangesUnsent: 0,
  exchangesEqual: 0,
  busyAnswers: 0,
  pushesSent: 0,
  pushesUnsent: 0,
  broadcastsDropped: 0,
  entriesPublished: 0,
  entriesMoved: 0,
  entriesFiltered: 0,
  entriesLearned: 0,
  membersLearned: 0,
  metricsLearned: 0,
  definitionsLearned: 0,
  entriesDuplicate: 0,
  runsWithGap: 0,
  updatesRefused: 0,
  membersRefused: 0,
  addressesRefused: 0,
  factsForged: 0,
  generationsRefused: 0,
  definitionsRefused: 0,
  entriesRefused: 0,
  refusedForRoom: 0,
  pingsSent: 0,
  refutations: 0,
  deathsDeclared: 0,
});
