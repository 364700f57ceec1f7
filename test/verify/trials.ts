// The long trials. Each is some test files, of which `npm test` runs a short form; how much longer
// is theirs to say, by `scaled` of test/support/scale.ts. What is too different to be scaled is a
// file called `.trial.ts`, which only these trials run.

export interface Trial {
  readonly name: string;
  /** What it tries, for `--list`. */
  readonly about: string;
  /** Files, folders or beginnings of names, as Vitest takes them. */
  readonly files: readonly string[];
}

export const TRIALS: readonly Trial[] = [
  {
    name: 'fuzz',
    about: 'every parser and route with 20,000 inputs each, a million in all',
    files: ['test/fuzz/'],
  },
  {
    name: 'simulator',
    about: 'thousands of random clusters under random faults, stories and promises with more seeds',
    files: [
      'test/sim/swarm/swarm.test.ts',
      'test/sim/stories/stories.test.ts',
      'test/sim/stories/promises.test.ts',
      'test/sim/stories/shared.test.ts',
    ],
  },
  {
    name: 'mutations',
    about: 'every rule of the protocol taken out once, from the first seed on',
    files: ['test/sim/mutations/mutations.test.ts'],
  },
  {
    name: 'merge',
    about: 'properties of merging and of the wire, each with many more inputs',
    files: ['test/sim/stories/merge.test.ts', 'test/core/'],
  },
  {
    name: 'storage',
    about: 'disks that are full or gone, files that are replaced, servers that are away',
    files: ['test/storage/'],
  },
  {
    name: 'soak',
    about: 'real processes for minutes, killed and started again, with metrics posted meanwhile',
    files: ['test/verify/soak.trial.ts'],
  },
];
