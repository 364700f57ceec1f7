// Rules of membership: statuses, generations, probes, contacts.

import { edit, inSwarm, type Mutation } from './mutation.ts';

export const MEMBERSHIP: readonly Mutation[] = [
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
    name: 'positions count in the roster that the sender named',
    edits: [
      edit('membership/roster.ts', 'latest.hash === hash ? latest :', 'latest.hash ? latest :'),
    ],
    fails: inSwarm('b'),
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
    name: 'the forgotten are remembered',
    edits: [edit('membership/updates.ts', '  remember(state, member);\n')],
    fails: { promise: 'theForgottenStayForgotten' },
  },
  {
    name: 'a node that is claimed to be forgotten takes a new generation',
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
    name: 'probes without answer accuse',
    edits: [edit('membership/detection/probing.ts', '  accuse(state, member, probe, now);\n')],
    fails: inSwarm('death', 6),
  },
  {
    name: 'a node that was late accuses no member',
    edits: [
      edit(
        'membership/detection/probing.ts',
        '    if (wasLateSince(state.health, pending.startedAt)) return;\n',
      ),
      edit(
        'membership/detection/probing.ts',
        '  if (wasLateSince(state.health, probe.startedAt)) return;\n',
      ),
    ],
    fails: { promise: 'stallsKillNobodyElse' },
  },
  {
    name: 'a node whose connection broke probes after others did',
    edits: [
      edit(
        'membership/detection/broken-connections.ts',
        'lookAt: now + turnsMs(state, member)',
        'lookAt: now',
      ),
    ],
    fails: { promise: 'eventsCostLittle' },
  },
  {
    name: 'a node that calls a suspect in vain leaves it to the probers',
    edits: [
      edit(
        'membership/detection/probing.ts',
        "  if (member.status === 'suspect' || wasSilentFor(state, member, now)) return;\n",
      ),
      edit(
        'membership/detection/suspicion-spread.ts',
        'turns === undefined ? maxMs + turnMs',
        'turns === undefined ? minMs',
      ),
    ],
    fails: { promise: 'eventsCostLittle' },
  },
  {
    name: 'a node that leaves says so',
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
    fails: { promise: 'duplicatesOfAPartitionSettle' },
  },
  {
    name: 'an outbound-only node that outbids this one in turn lives',
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
