// What a node in an object is made of: driver, transport and signatures as everywhere, and for the
// rest what an object has: an alarm, its own storage, the other objects of its Worker.

import type { NodeConfig } from '../config/schema.ts';
import { PACE_LABEL } from '../core/exchange/call-interval.ts';
import type { ClusterView, Labels, MetricDefinition } from '../core/model.ts';
import { createRandom } from '../core/random.ts';
import type { State } from '../core/state.ts';
import { LIMITS } from '../core/wire/messages.ts';
import { createDriver } from '../driver.ts';
import { planMetrics } from '../host/metric-plan.ts';
import { refuseDuplicateId } from '../host/network/duplicate-id.ts';
import { createDebugLog } from '../host/process/debug-log.ts';
import { createEventLog } from '../host/process/event-log.ts';
import type { Log } from '../host/process/log.ts';
import type { Machine } from '../host/process/measuring.ts';
import { createPeerProblems, type PeerProblems } from '../host/process/peer-problems.ts';
import { measuredBy } from '../host/services.ts';
import { createUserMetrics, type HostedUserMetrics } from '../host/user-metrics.ts';
import type { StoredFact } from '../ports.ts';
import { createEdgeProbes } from '../probes/edge/index.ts';
import { createProbeRunner } from '../probes/runner.ts';
import type { Recipient } from '../signing/call.ts';
import { createSigner, type Signer } from '../signing/signer.ts';
import { createMemoryStore } from '../storage/database/memory-store.ts';
import { createFetchTransport } from '../transport/fetch.ts';
import { withPeerProblems } from '../transport/reporting.ts';
import { withSecondTry } from '../transport/second-try.ts';
import { withSignatures } from '../transport/signed.ts';
import { createEdgeClock } from './clock.ts';
import { createFetch, type Fetch, watchTransport } from './network/calls.ts';
import { type CallMemory, createEdgeGate } from './network/gate.ts';
import { createPeerAccess } from './network/peers.ts';
import type { ObjectContext, WorkerEnvironment } from './platform.ts';
import { NODES_PATH } from './router.ts';
import { chooseRun } from './run.ts';
import type { EdgeSettings } from './settings.ts';
import { createSleep } from './sleep.ts';
import { type Budget, createBudget } from './storage/budget.ts';
import { createKeeping, type Keeping, type Kept } from './storage/keeping.ts';
import { createEdgeStore, type EdgeStore } from './storage/store.ts';
import { createEdgeTiming } from './timing.ts';

export interface EdgeNodeOptions {
  readonly context: ObjectContext;
  readonly bindings: WorkerEnvironment;
  readonly id: string;
  /** Where the Worker is reached, such as `https://priomon.example.com`. */
  readonly origin: string;
  readonly settings: EdgeSettings;
  readonly log: Log;
}

export type Parts = Awaited<ReturnType<typeof assemble>>;

/** An invocation may make 50 calls; with checks and what follows from answers this is enough. */
const MAX_ACTIVE = 24;
/** Checks give up after 5 s by themselves. */
const PROBE_PATIENCE_MS = 6_000;
const wallMs = (): number => Date.now();

/** `onTimer` is called when a timer has brought something about. */
export async function assemble(options: EdgeNodeOptions, onTimer: () => void) {
  const { settings, id, log } = options;
  const clock = createEdgeClock({ wallMs, onTimer });
  const peerProblems = createPeerProblems(clock, log);
  const holding = openStorage(options);
  const { kept } = holding.keeping;
  const place = placeOf(options);
  const measuring = openProbes(settings, kept, place.fetch);
  const stored = await holding.store.loadIdentity(id);
  const run = runOf(options, kept, place.address, measuring.plan.gossiped, stored?.generation ?? 0);
  if (run.problem !== undefined) peerProblems.report('past', run.problem);
  const signer = await openSigner(options);
  const transport = openTransport(place.fetch, signer, peerProblems);
  const calls: CallMemory = {
    beforeSleepMs: kept?.callsUntilMs ?? 0,
    newestMs: kept?.callsUntilMs ?? 0,
  };
  const seeds = [...settings.config.join, ...place.siblings, ...(stored?.peers ?? [])];
  const base = {
    ...holding,
    ...place,
    ...measuring,
    clock,
    peerProblems,
    run,
    transport,
    calls,
    seeds,
  };
  // The same run goes on with them; another tells them again.
  const facts = run.isSame ? undefined : stored?.facts;
  const driving = openDriver(options, { ...base, ...(facts !== undefined && { facts }) });
  const { adminToken } = settings.config.security;
  const self = (): Recipient => recipientOf(driving.driver.view);
  const gate = createEdgeGate(
    { clock, signer, adminToken, report: peerProblems.report, self },
    calls,
  );
  const peers = createPeerAccess(settings.config.settings, createRandom(seed()), place.fetch);
  // A nap is no start; and the Worker's other objects, which may be starting too, share its ids.
  const others = [...settings.config.join, ...(stored?.peers ?? [])];
  if (!run.isSame) {
    await refuseDuplicateId({
      ...{ id, cluster: settings.config.settings.cluster, lastGeneration: stored?.generation },
      peers: others.filter((peer) => ![...place.siblings, place.address].includes(peer)),
      ...{ ask: peers.ask, clock, onBlind: (sentence) => log('warn', sentence) },
    });
  }
  return { ...base, ...driving, wallMs, settings, log, gate, peers };
}

interface Holding {
  readonly keeping: Keeping;
  readonly budget: Budget;
  readonly store: EdgeStore;
}

function openStorage({ context: { storage }, settings }: EdgeNodeOptions): Holding {
  const onRows = (rows: number): void => budget.count({ rowsWritten: rows });
  const keeping = createKeeping(storage, onRows);
  const objects = settings.isFree ? settings.nodes.length : 0;
  const budget = createBudget({ wallMs, use: keeping.kept?.use, objects });
  const { enabled, retentionMs, maxBytes } = settings.config.storage;
  const store: EdgeStore = enabled
    ? createEdgeStore({ storage, wallMs, retentionMs, maxBytes, onRows })
    : { ...createMemoryStore(), write() {} };
  return { keeping, budget, store };
}

/** Where the object is, and how it calls from there. */
function placeOf({ bindings, id, origin, settings: { config, nodes } }: EdgeNodeOptions) {
  const isHidden = config.advertise === '';
  const base = `${config.advertise || origin}${NODES_PATH}`;
  const others = nodes.filter((node) => node !== id);
  return {
    basePath: `${NODES_PATH}${id}`,
    address: isHidden ? '' : `${base}${id}`,
    /** Nobody can call a hidden one. */
    siblings: isHidden ? [] : others.map((node) => `${base}${node}`),
    fetch: createFetch({ objects: bindings.NODES, nodes, base }),
  };
}

function openProbes(settings: EdgeSettings, kept: Kept | undefined, fetch: Fetch) {
  const { checks: targets, checkEveryMs: everyMs, config } = settings;
  const before = { totals: kept?.totals, checkedAt: kept?.checkedAt ?? {} };
  const probes = createEdgeProbes({ targets, everyMs, fetch, wallMs, nowMs: wallMs, ...before });
  const enabled = probes.all.filter(({ name }) => !config.disabled.includes(name));
  const runner = createProbeRunner(enabled, { monotonicMs: wallMs, patienceMs: PROBE_PATIENCE_MS });
  const machine: Machine = { probes: enabled, ...runner };
  return { probes, machine, plan: planMetrics(machine, config) };
}

const runOf = (
  { context: { storage }, bindings, settings: { config } }: EdgeNodeOptions,
  kept: Kept | undefined,
  address: string,
  definitions: readonly MetricDefinition[],
  storedGeneration: number,
) =>
  chooseRun({
    ...{ storage, bindings, kept, storedGeneration, address, definitions, wallMs: wallMs() },
    ...{ cluster: config.settings.cluster, labels: labelsOf(config) },
  });

/** Each call is paid for: with its alarm, the calls of peers stay below two a round. */
const PACE_ROUNDS = 2;

function labelsOf({ labels, settings }: NodeConfig): Labels {
  if (Object.keys(labels).length >= LIMITS.labels) return labels;
  return { [PACE_LABEL]: `${Math.round((settings.roundMs * PACE_ROUNDS) / 1_000)}s`, ...labels };
}

async function openSigner({ id, settings: { config } }: EdgeNodeOptions) {
  const { secrets: keys, clockToleranceMs: toleranceMs } = config.security;
  if (keys.length === 0) return undefined;
  const { cluster } = config.settings;
  return await createSigner({ cluster, keys, id, clock: { wallMs }, toleranceMs });
}

/** From the network inwards: each wrapper sees what the one before it made of an exchange. */
function openTransport(fetch: Fetch, signer: Signer | undefined, peerProblems: PeerProblems) {
  const plain = createFetchTransport({ fetch, maxActive: MAX_ACTIVE });
  const sealed = signer ? withSignatures(plain, signer) : plain;
  return watchTransport(
    withPeerProblems(withSecondTry(sealed, { monotonicMs: wallMs }), peerProblems),
  );
}

interface Base extends Holding, ReturnType<typeof placeOf>, ReturnType<typeof openProbes> {
  readonly clock: ReturnType<typeof createEdgeClock>;
  readonly peerProblems: PeerProblems;
  readonly run: ReturnType<typeof chooseRun>;
  readonly transport: ReturnType<typeof watchTransport>;
  readonly calls: CallMemory;
  readonly seeds: readonly string[];
  readonly facts?: readonly StoredFact[];
}

function openDriver(
  { context: { storage }, id, settings: { config }, log }: EdgeNodeOptions,
  base: Base,
) {
  const { keeping, budget, store, probes, machine, plan, clock, peerProblems, run, calls } = base;
  let state: State | undefined;
  // What nobody may hear of before it is kept: the run, its refutations and its count of versions.
  let told = '';
  let userMetrics: HostedUserMetrics | undefined;
  const debug = config.logLevel === 'debug' ? createDebugLog(log) : undefined;
  const timing = createEdgeTiming();
  const sleep = createSleep({
    ...{ storage, clock, keeping, store, budget, roundMs: config.settings.roundMs },
    state: () => state,
    onProblem: (why) => peerProblems.report('keeping', keepingText(why)),
    rest: () => ({
      fingerprint: run.fingerprint,
      use: budget.use(),
      totals: probes.requests.totals(),
      checkedAt: probes.checks.checkedAt(),
      callsUntilMs: calls.newestMs,
      left: run.hasLeft ? keeping.kept?.left : undefined,
      ...(userMetrics !== undefined && { userMetrics: userMetrics.keep() }),
    }),
  });
  const driver = createDriver({
    ...plan,
    ...{ id, clock, store, timing, address: base.address, seeds: base.seeds },
    ...{ transport: base.transport, random: createRandom(seed()) },
    settings: config.settings,
    labels: labelsOf(config),
    definitions: run.definitions,
    generation: run.generation,
    ...(base.facts !== undefined && { facts: base.facts }),
    ...(run.past !== undefined && { past: run.past }),
    sampleMs: config.settings.roundMs,
    collect: (nowMs) => machine.collect(nowMs),
    onHandled(engine, ...handled) {
      debug?.(engine, ...handled);
      state = engine.state;
      const now = `${state.self.generation} ${state.self.incarnation} ${state.version}`;
      if (now !== told && (told !== '' || !run.isSame)) sleep.published();
      told = now;
    },
    onEvent: createEventLog(id, {
      log,
      clock,
      peerProblems,
      onEnd: (why) => peerProblems.report('ended', why),
    }),
  });
  userMetrics = createUserMetrics({
    ...{ driver, clock, measured: measuredBy(machine), kept: keeping.kept?.userMetrics },
    maxMetrics: config.settings.maxMetrics,
  });
  return { driver, sleep, timing, userMetrics };
}

const keepingText = (why: string): string =>
  `The object's storage takes nothing (${why}), so what it knows ends with its next sleep; is ` +
  "the account's day or its storage used up?";

/** The present run of a node, for which calls to it are signed. */
const recipientOf = (view: ClusterView): Recipient => ({
  cluster: view.cluster,
  id: view.selfId,
  generation: view.member(view.selfId)?.generation ?? 0,
});

/** 53 bits of chance. */
function seed(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high >>> 11) * 2 ** 32 + low;
}
