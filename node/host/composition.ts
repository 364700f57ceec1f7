// One node made of its parts: listener, store, transport, machine, driver, app. What a runtime does
// in its own way comes in as a part, so that every runtime with a socket shares this.

import { type AppDependencies, createApp, type PeerAccess } from '../app.ts';
import type { NodeConfig } from '../config/schema.ts';
import type { SecurityConfig } from '../config/security.ts';
import { nextGeneration } from '../core/membership/generation.ts';
import type { LeaveNotice } from '../core/model.ts';
import { createRandom } from '../core/random.ts';
import { createDriver, type Driver } from '../driver.ts';
import type { Identity, Store, Traffic, Transport } from '../ports.ts';
import { PATIENCE_MS } from '../probes/runner.ts';
import type { Gate } from '../signing/gate.ts';
import { createMemoryStore } from '../storage/database/memory-store.ts';
import type { WorkerStores } from '../storage/thread/worker.ts';
import { oneAtATurn } from '../transport/in-turns.ts';
import type { Instrumentation } from './instrumentation.ts';
import { planMetrics } from './metric-plan.ts';
import { startAddressRefresh } from './network/address-refresh.ts';
import { type AdvertisedAddress, findAdvertisedAddress } from './network/advertised-address.ts';
import { refuseLoopback } from './network/callers.ts';
import { fixedSeeds } from './network/discovery.ts';
import { checkId } from './network/id-check.ts';
import { warnWhenAlone } from './network/isolation-warning.ts';
import { starting } from './network/listen/refusals.ts';
import type { App, Listener, ListenOptions } from './network/listen.ts';
import { addressOf, databaseOf, idOf, keepsFilesOf, spoolOf } from './network/naming.ts';
import { createPeerAccess } from './network/peers.ts';
import { systemClock } from './process/clock.ts';
import { createDebugLog } from './process/debug-log.ts';
import { createEnding, type Part } from './process/ending.ts';
import { createEventLog, type EventLogParts } from './process/event-log.ts';
import { type Machine, openMachine } from './process/measuring.ts';
import { createPeerProblems, type PeerProblems } from './process/peer-problems.ts';
import { watchProbes } from './process/probe-watch.ts';
import { watchStore } from './process/store-watch.ts';
import { type Certificates, openCertificates } from './security/certificates.ts';
import { openSigning, recipientOf } from './security/signing.ts';
import { createServices } from './services.ts';

/** What differs from one runtime to another. */
export interface Runtime {
  listen(app: App, options: ListenOptions): Promise<Listener>;
  createTransport(options: TransportOptions): Transport;
}

export interface TransportOptions {
  /** Idle connections kept over all peers. */
  readonly maxIdle: number;
  /** Largest answer accepted, bytes of body. */
  readonly maxBytes?: number;
  /** Authorities (PEM) to trust for peers on https, besides the system's own, as they are now. */
  readonly ca: Certificates['ca'];
}

export interface HostParts extends Pick<EventLogParts, 'log' | 'onEvent' | 'onEnd'> {
  /** Shared by all nodes of a process; absent: nothing is kept on disk. */
  readonly stores: Pick<WorkerStores, 'open'> | undefined;
  readonly machine?: Machine;
  readonly instrumentation?: Instrumentation;
}

export interface HostedNode {
  readonly id: string;
  /** URL to open on this machine. */
  readonly url: string;
  readonly driver: Driver;
  readonly store: Store;
  /** Bytes of gossip, HTTP's own included, as caller and as called. */
  traffic(): Traffic;
  /** Says goodbye and ends everything. */
  close(notice?: LeaveNotice): Promise<void>;
  /** Ends everything without a word, as a crash does. */
  abandon(): Promise<void>;
}

/** All that a node is made of, and what it was told. */
interface Whole extends Omit<HostParts, 'machine'> {
  readonly id: string;
  readonly config: NodeConfig;
  readonly peerProblems: PeerProblems;
  readonly certificates: Certificates;
  readonly listener: Listener;
  readonly store: Store;
  /** What the store knows of earlier runs. */
  readonly stored: Identity | undefined;
  /** Addresses to call before any name was looked up. */
  readonly seeds: readonly string[];
  readonly advertised: AdvertisedAddress;
  readonly transport: Transport;
  readonly peers: PeerAccess;
  readonly machine: Machine;
}

/** Time for the answer to POST /leave to go out before the node ends. */
const LEAVE_DELAY_MS = 50;

/**
 * Rejects with an OperatingError when the port cannot be had, or the id is another's; a broken
 * store only degrades.
 */
export async function composeNode(
  config: NodeConfig,
  parts: HostParts,
  runtime: Runtime,
): Promise<HostedNode> {
  const { log } = parts;
  const id = idOf(config);
  const machine = parts.machine ?? (await openMachine(config));
  const peerProblems = createPeerProblems(systemClock, log);
  const told = { clock: systemClock, log, peerProblems };
  const signing = await openSigning(config, { id, ...told });
  const certificates = await openCertificates(config.security.tls, told);
  const { listener, admit } = await openDoor(config, peerProblems, runtime, certificates);
  const store = await openStore(id, config, parts);
  const stored = await store.loadIdentity(id);
  const seeds = fixedSeeds({ join: config.join, remembered: stored?.peers ?? [] });
  const advertised = await findAdvertisedAddress(config, listener.port, seeds);
  const { ca } = certificates;
  const transport = signing.wrap(openTransport(config, parts, runtime, listener.port, ca));
  const found = { store, stored, seeds, advertised };
  const peers = createPeerAccess(config.settings, ca, parts.instrumentation?.wrapAsk);
  const made = { peerProblems, certificates, listener, transport, peers, machine };
  const whole: Whole = { ...parts, id, config, ...found, ...made };
  const keepsFiles = parts.stores !== undefined && keepsFilesOf(config);
  const claim = await checkId({ ...whole, keepsFiles, clock: systemClock });
  const driver = createNodeDriver(whole);
  const watches: readonly Part[] = [
    warnWhenAlone(driver.view, config.join, systemClock, log, (seed) =>
      peerProblems.list().some((sentence) => sentence.includes(seed)),
    ),
    watchStore(store, log),
    // The program that shares a machine watches it.
    ...(parts.machine ? [] : [watchProbes(machine, systemClock, log)]),
    reach(whole, driver),
    signing.watch(),
    certificates.watch(listener.show),
    claim,
  ];
  const { close, abandon } = createEnding(driver, [listener, transport, ...watches]);
  const traffic = (): Traffic => sum(transport.traffic(), listener.traffic().gossip);
  const gate = signing.gate(() => recipientOf(driver.view));
  const services = servicesOf(whole, driver, gate, traffic, close);
  admit({ ...services, connections: listener.connections });
  await driver.start();
  const url = `${listener.address}${config.basePath}`;
  return { id, url, driver, store, traffic, close, abandon };
}

/** A listener that answers "starting" until it is told what to admit callers to. */
async function openDoor(
  config: NodeConfig,
  peerProblems: PeerProblems,
  runtime: Runtime,
  { credentials }: Certificates,
) {
  let answer: App['fetch'] = starting;
  let countRefusal = (_code: string): void => {};
  const listener = await runtime.listen(
    { fetch: (request, environment) => answer(request, environment) },
    {
      host: config.listen,
      port: config.port,
      credentials,
      onProblem: ({ code, message }) => peerProblems.report(code, message),
      onRefused: (code) => countRefusal(code),
    },
  );
  const admit = (services: AppDependencies): void => {
    ({ countRefusal } = services);
    answer = createApp(services).fetch;
  };
  return { listener, admit };
}

/** From the network inwards: each wrapper sees what the one before it made of an exchange. */
function openTransport(
  config: NodeConfig,
  { instrumentation }: HostParts,
  runtime: Runtime,
  port: number,
  ca: Certificates['ca'],
): Transport {
  const transport = runtime.createTransport({
    // Neighbours change slowly; the other half is for broadcasts, which go to anybody.
    maxIdle: 2 * config.settings.neighbours,
    ca,
    ...(instrumentation?.maxBodyBytes && { maxBytes: instrumentation.maxBodyBytes }),
  });
  return instrumentation?.wrap?.(transport, addressOf(config, port)) ?? transport;
}

function createNodeDriver(whole: Whole): Driver {
  const { id, config, store, stored, seeds, advertised, transport, machine } = whole;
  const plan = planMetrics(machine, config);
  return createDriver({
    ...plan,
    id,
    settings: config.settings,
    labels: config.labels,
    definitions: plan.gossiped,
    sampleMs: config.sampleMs,
    patienceMs: PATIENCE_MS,
    generation: nextGeneration(stored?.generation, systemClock.wallMs()),
    ...(stored?.facts !== undefined && { facts: stored.facts }),
    address: advertised.address,
    seeds,
    random: createRandom(Math.floor(Math.random() * 2 ** 53)),
    clock: systemClock,
    store,
    transport,
    ...whole.instrumentation,
    ...debugged(whole),
    collect: (nowMs) => machine.collect(nowMs),
    onEvent: createEventLog(id, { ...whole, clock: systemClock }),
  });
}

/** Whoever looks on besides goes on looking. */
function debugged({ config, log, instrumentation }: Whole): Pick<Instrumentation, 'onHandled'> {
  if (config.logLevel !== 'debug') return {};
  const tell = createDebugLog(log);
  return {
    onHandled(...handled) {
      instrumentation?.onHandled?.(...handled);
      tell(...handled);
    },
  };
}

const reach = (whole: Whole, driver: Driver): Part =>
  startAddressRefresh({
    ...whole,
    driver,
    port: whole.listener.port,
    remembered: whole.stored?.peers ?? [],
    clock: systemClock,
  });

function openStore(id: string, config: NodeConfig, { stores }: HostParts): Promise<Store> | Store {
  const { storage } = config;
  if (stores === undefined || !storage.enabled) return createMemoryStore();
  const spool = spoolOf(id, config);
  return stores.open({
    url: databaseOf(id, config),
    ...(spool !== undefined && { spool }),
    ...(storage.authToken !== undefined && { authToken: storage.authToken }),
    observer: id,
    retentionMs: storage.retentionMs,
    maxBytes: storage.maxBytes,
  });
}

function servicesOf(
  whole: Whole,
  driver: Driver,
  gate: Gate,
  traffic: () => Traffic,
  close: HostedNode['close'],
): AppDependencies {
  const { config, store, machine, log, peerProblems, peers, instrumentation } = whole;
  return createServices({
    driver,
    clock: systemClock,
    store,
    machine,
    log,
    peerProblems,
    gate,
    basePath: config.basePath,
    settings: config.settings,
    peers,
    admit: refuseLoopback,
    turn: oneAtATurn(),
    allowedHosts: allowedHostsOf(config.security),
    allowedOrigins: config.security.allowedOrigins,
    traffic,
    ...instrumentation,
    leave: async (notice) => {
      setTimeout(async () => {
        // Whatever goes wrong at the end, the program that runs the node has to hear of it.
        await close(notice).catch((error) => whole.log('error', `The shutdown failed: ${error}`));
        whole.onEnd?.(`it was told to leave: ${notice.reason || 'no reason given'}`, false);
      }, LEAVE_DELAY_MS);
    },
  });
}

/** Where a secret guards the node any name will do, for proxies and balancers have their own. */
const allowedHostsOf = ({ allowedHosts, secrets, secretFile }: SecurityConfig) =>
  allowedHosts ?? (secrets.length > 0 || secretFile !== undefined ? undefined : []);

const sum = (a: Traffic, b: Traffic): Traffic => ({
  sentBytes: a.sentBytes + b.sentBytes,
  receivedBytes: a.receivedBytes + b.receivedBytes,
});
