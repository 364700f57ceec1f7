// What an answer must have before it is shown: whatever listens at an address may have sent it.

import * as v from 'valibot';
import { STATUSES } from '../../core/model.ts';
import type { QueryAnswer, StateAnswer } from '../../http/answers/shapes.ts';

/** All own properties: `__proto__` and `constructor` are names that a node could have. */
const each = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    v.custom<object>((input) => typeof input === 'object' && input !== null),
    v.transform((input): unknown[] => Object.values(input)),
    v.array(schema),
  );

const status = v.picklist(STATUSES);
const shown = { value: v.number(), unit: v.string(), stale: v.optional(v.boolean()) };

const Unknown = v.object({
  kind: v.picklist(['node', 'metric', 'label']),
  name: v.string(),
  nearest: v.optional(v.string()),
});
const unknown = v.optional(v.array(Unknown));

const held = { ...shown, unit: v.optional(v.string()), family: v.optional(v.string()) };

const State = v.object({
  answeredBy: v.string(),
  nodes: each(v.object({ status, ageMs: v.number(), metrics: each(v.object(held)) })),
  families: each(v.object({ unit: v.string() })),
  unknown,
});

const version = { generation: v.number(), version: v.number() };
const names = v.array(v.string());

const Quorum = v.object({
  detail: v.string(),
  newest: v.nullable(v.object(version)),
  agreed: names,
  votes: v.array(v.object({ ...version, node: v.string(), agrees: v.boolean() })),
  unknownTo: names,
  failed: v.array(v.object({ node: v.string(), reason: v.string() })),
  tries: v.number(),
  messages: v.number(),
  tookMs: v.number(),
  staleness: v.nullable(v.object({ atMostMs: v.number(), hiddenMs: v.number() })),
});

const Query = v.object({
  rows: v.array(
    v.object({ ...shown, node: v.string(), status, metric: v.string(), ageMs: v.number() }),
  ),
  aggregates: v.array(
    v.object({
      metric: v.string(),
      unit: v.string(),
      group: v.nullable(v.string()),
      values: each(v.nullable(v.number())),
    }),
  ),
  quorum: v.optional(Quorum),
  withoutMetrics: v.optional(v.array(v.object({ node: v.string(), status }))),
  unknown,
});

export const isState = (body: object): body is StateAnswer => v.is(State, body);

export const isQuery = (body: object): body is QueryAnswer => v.is(Query, body);
