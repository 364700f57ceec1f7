// Puts what another release sent to a node of this one, and tells what that made of it.

import type { Engine } from '../../node/core/engine.ts';
import { decodeRequest, decodeResponse } from '../../node/core/wire/decode.ts';
import { encodeMessage } from '../../node/core/wire/encode.ts';
import { sendsOf, startEngine } from '../core/support.ts';
import type { Recorded } from './story.ts';

export type Held = Record<
  string,
  {
    status: string;
    generation: number;
    address: string;
    labels: Readonly<Record<string, string>>;
    leave?: { reason: string; returnsAtWall?: number };
    metrics: Record<
      string,
      { value: number; version: number; unit: string; priority: number; isStale?: true }
    >;
    facts: Record<string, string>;
  }
>;

/** What a view holds of the others. */
export const heldBy = ({ view }: Engine): Held =>
  Object.fromEntries(
    view
      .members()
      .filter(({ id }) => id !== view.selfId)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, status, generation, address, labels, leave, metrics }) => {
        const values = metrics.map(({ definition, value, version, staleAt }) => {
          const { name, unit, priority } = definition;
          const isStale = staleAt === undefined ? {} : ({ isStale: true } as const);
          return [name, { value, version, unit, priority, ...isStale }] as const;
        });
        const facts = view.facts('').filter(({ author }) => author === id);
        const told = { status, generation, address, labels, ...(leave && { leave }) };
        return [
          id,
          {
            ...{ ...told, metrics: Object.fromEntries(values) },
            facts: Object.fromEntries(facts.map(({ key, value }) => [key, value])),
          },
        ];
      }),
  );

const bytesOf = ({ hex }: Recorded): Uint8Array => Buffer.from(hex, 'hex');

export interface Replayed {
  readonly held: Held;
  /** Kinds of the answers, as the recorded node could read them. */
  readonly answers: readonly string[];
}

/** A new node called `id` gets all calls that were made to the one of that name. */
export function replayRequests(recorded: readonly Recorded[], id: string): Replayed {
  const calls = recorded.filter(({ to, kind }) => to === id && kind !== 'answer' && kind !== 'ack');
  const engine = startEngine(id, {}, calls[0]?.at ?? 0);
  const answers = calls.map((call, token) => {
    const message = decodeRequest(bytesOf(call), engine.cluster);
    const effects = engine.handle({ type: 'request', token, message }, call.at);
    const answer = effects.find((effect) => effect.type === 'answer');
    // A ping that is passed on is answered when its own answer has come.
    if (answer?.type !== 'answer') return 'later';
    return decodeResponse(encodeMessage(answer.message)).kind;
  });
  return { held: heldBy(engine), answers };
}

/** A new node asks, and gets for its answer what was answered to the one of that name. */
export function replayAnswers(recorded: readonly Recorded[], id: string): Held {
  const answers = recorded.filter(({ to, kind }) => to === id && kind === 'answer');
  const first = answers[0]?.at ?? 0;
  const engine = startEngine(id, { seeds: ['http://a'] }, first - 2_000);
  for (const answer of answers) {
    // Each answer belongs to a question of its own; what else the engine asks is left open.
    const question = sendsOf(engine.handle({ type: 'wake' }, Math.max(first, answer.at)))[0];
    if (question === undefined) continue;
    const { exchange } = question;
    const message = decodeResponse(bytesOf(answer));
    engine.handle({ type: 'response', exchange, message }, answer.at);
  }
  return heldBy(engine);
}
