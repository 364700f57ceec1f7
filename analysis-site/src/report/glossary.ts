// What the method page explains: strategies, workloads, and the threats to what is concluded.

export interface Term {
  readonly name: string;
  readonly meaning: string;
}

export const STRATEGIES: readonly Term[] = [
  {
    name: 'full',
    meaning:
      'Whole records, as the original PrioMon and DEMon send them: every sample is told, and ' +
      'whatever has a newer counter travels whole. Rounds are fixed and nothing is urgent.',
  },
  {
    name: 'full-json',
    meaning: 'The same in JSON, as the originals encode it.',
  },
  {
    name: 'digest',
    meaning:
      'Plain anti-entropy: deltas filter samples, versions name what a peer lacks, the newest ' +
      'goes first, and there are no priorities. What does not fit is lost.',
  },
  {
    name: 'strict',
    meaning:
      'Strict priority: whatever is more important goes first, always. Where capacity is ' +
      'short, unimportant metrics starve.',
  },
  {
    name: 'priomon',
    meaning:
      'What nodes run: priorities weighted by lag, a reserved share for whatever is stale, ' +
      'deltas at the owner, an urgent path beside the rounds.',
  },
];

export const WORKLOADS: readonly Term[] = [
  { name: 'machine', meaning: 'The real values of the machine that runs the experiment.' },
  {
    name: 'random-walk',
    meaning: 'Every metric of every node drifts by itself: the ordinary case.',
  },
  {
    name: 'bursts',
    meaning: 'Calm nodes that now and then have work, about two bursts a minute and node.',
  },
  { name: 'diurnal', meaning: 'Load follows a day of ten minutes, each node at its own hour.' },
  {
    name: 'step',
    meaning:
      'Once a minute half of the nodes change at the same instant: the worst correlated news.',
  },
  {
    name: 'flapping',
    meaning: 'One node in five jumps up and down every few seconds: the worst of the urgent path.',
  },
  { name: 'trace', meaning: 'Recorded values, played to the nodes.' },
];

export const THREATS: readonly Term[] = [
  {
    name: 'One machine',
    meaning:
      'Emulated nodes share processors and a loopback network. Times of emulated runs are ' +
      'those of the machine named on each page; runs that could not keep their rounds are ' +
      'marked.',
  },
  {
    name: 'Simulated networks',
    meaning:
      'The simulator draws delay and loss of each message independently. Real networks lose in ' +
      'bursts and queue; its figures are those of the protocol, not of a data centre.',
  },
  {
    name: 'Workloads',
    meaning:
      'How much is saved depends on how much changes. Every comparison plays the same values, ' +
      'by seed, to each strategy; other values give other factors.',
  },
  {
    name: 'Reimplemented rivals',
    meaning:
      'The strategies full, full-json, digest and strict are written here, over the same ' +
      'membership and transport. They isolate the strategy; they are not the other projects ' +
      'themselves.',
  },
  {
    name: 'Few repetitions',
    meaning:
      'Intervals assume that runs are independent and their mean is about normal. With three ' +
      'or five runs they are wide, and one run has none.',
  },
];
