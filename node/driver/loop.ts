// Inputs into the engine, its effects out through the ports, and a timer for its next wake.

import type { Effect, ExchangeFailure, Input } from '../core/effects.ts';
import type { Engine } from '../core/engine.ts';
import { type Codec, WIRE_CODEC } from '../core/wire/codec.ts';
import type { Request } from '../core/wire/messages.ts';
import { WireError } from '../core/wire/messages.ts';
import { OperatingError, TransportError } from '../errors.ts';
import type { Clock, Transport } from '../ports.ts';
import type { Lateness } from './lateness.ts';
import type { Subscribers } from './subscribers.ts';
import { BY_TIMERS, type Timing } from './timing.ts';

export interface LoopPorts {
  readonly clock: Clock;
  readonly transport: Transport;
  /** The wire's own when absent. */
  readonly codec?: Codec;
  /** By timers when absent. */
  readonly timing?: Timing;
  /** Sees every input and what came of it; measuring experiments look here. */
  readonly onHandled?: (
    engine: Engine,
    input: Input,
    effects: readonly Effect[],
    now: number,
  ) => void;
}

/** What others may want to know of. */
export type LoopEvent =
  | Exclude<Effect, { type: 'send' | 'answer' | 'learned' | 'fact' }>
  | { readonly type: 'late'; readonly lateMs: number }
  /** The peers' clocks, in the middle, against this node's; undefined: they agree again. */
  | { readonly type: 'clock_off'; readonly skewMs: number | undefined }
  /** Whoever listened under this name threw, and is called no more. */
  | { readonly type: 'listener_dropped'; readonly name: string; readonly error: unknown };

export interface Loop {
  feed(input: Input): void;
  /** Hands a peer's request in; resolves with the encoded answer, rejects when the loop stops. */
  ask(message: Request): Promise<Uint8Array>;
  start(): void;
  stop(): void;
  /** When the present round began, monotonic ms. */
  roundStartedAt(): number;
}

interface Answer {
  resolve(body: Uint8Array): void;
  reject(problem: OperatingError): void;
}

/** What the wall clock moved by against the monotonic one, when it is worth telling, ms. */
const CLOCK_MOVED_MS = 100;

interface State {
  readonly engine: Engine;
  readonly ports: LoopPorts;
  readonly codec: Codec;
  readonly onEvent: (event: LoopEvent) => void;
  readonly tell: Subscribers['tell'];
  readonly answers: Map<number, Answer>;
  readonly lateness: Lateness;
  nextToken: number;
  stopped: boolean;
  /** Wall clock minus monotonic time as the engine knows it; NaN before it does. */
  wallOffsetMs: number;
  wakeAt: number;
  cancelWake: () => void;
  round: number;
  roundStartedAt: number;
}

export function createLoop(
  engine: Engine,
  ports: LoopPorts,
  onEvent: (event: LoopEvent) => void,
  tell: Subscribers['tell'] = () => {},
): Loop {
  const state: State = {
    engine,
    ports,
    codec: ports.codec ?? WIRE_CODEC,
    onEvent,
    tell,
    answers: new Map(),
    lateness: (ports.timing ?? BY_TIMERS).createLateness(ports.clock, (lateMs) => {
      onEvent({ type: 'late', lateMs });
      run(state, { type: 'late', lateMs });
    }),
    nextToken: 1,
    stopped: false,
    wallOffsetMs: Number.NaN,
    wakeAt: Number.POSITIVE_INFINITY,
    cancelWake: () => {},
    round: 0,
    roundStartedAt: ports.clock.monotonicMs(),
  };
  ports.transport.onDisconnect((address) => feed(state, { type: 'disconnected', address }));
  return {
    feed: (input) => feed(state, input),
    ask: (message) =>
      new Promise((resolve, reject) => {
        if (state.stopped) return reject(stoppedProblem());
        const token = state.nextToken++;
        state.answers.set(token, { resolve, reject });
        feed(state, { type: 'request', token, message });
      }),
    start() {
      if (state.stopped) return;
      state.lateness.start();
      followClock(state);
      scheduleWake(state);
    },
    stop() {
      state.stopped = true;
      state.cancelWake();
      state.lateness.stop();
      for (const { reject } of state.answers.values()) reject(stoppedProblem());
      state.answers.clear();
    },
    roundStartedAt: () => state.roundStartedAt,
  };
}

const stoppedProblem = (): OperatingError =>
  new OperatingError('stopped', 'The node has stopped; ask another one.');

function feed(state: State, input: Input): void {
  if (state.stopped) return;
  // First of all: a time-out that fell due while nothing ran is no silence of a peer.
  state.lateness.check();
  followClock(state);
  run(state, input);
}

/** A clock that starts wrong is set while the node runs, and so is one that drifts. */
function followClock(state: State): void {
  const { clock } = state.ports;
  const wallMs = clock.wallMs();
  const offsetMs = wallMs - clock.monotonicMs();
  if (Math.abs(offsetMs - state.wallOffsetMs) < CLOCK_MOVED_MS) return;
  state.wallOffsetMs = offsetMs;
  run(state, { type: 'clock', wallMs });
}

function run(state: State, input: Input): void {
  const { engine, ports } = state;
  const now = ports.clock.monotonicMs();
  const effects = engine.handle(input, now);
  ports.onHandled?.(engine, input, effects, now);
  for (const effect of effects) perform(state, effect);
  const { round } = engine.status();
  if (round !== state.round) state.roundStartedAt = now;
  state.round = round;
  scheduleWake(state);
}

function scheduleWake(state: State): void {
  const { engine, ports } = state;
  const at = engine.nextWakeAt();
  if (at === state.wakeAt || state.stopped) return;
  state.cancelWake();
  state.wakeAt = at;
  if (!Number.isFinite(at)) return;
  // Timers drop fractions: woken that early, the engine has nothing to do and is woken again.
  const delayMs = Math.max(0, Math.ceil(at - ports.clock.monotonicMs()));
  state.cancelWake = ports.clock.after(delayMs, () => {
    state.wakeAt = Number.POSITIVE_INFINITY;
    feed(state, { type: 'wake' });
  });
}

function perform(state: State, effect: Effect): void {
  const { clock } = state.ports;
  switch (effect.type) {
    case 'send':
      void exchange(state, effect);
      return;
    case 'answer':
      state.answers.get(effect.token)?.resolve(state.codec.encode(effect.message));
      state.answers.delete(effect.token);
      return;
    case 'learned':
      return state.tell({ ...effect, wallOffsetMs: clock.wallMs() - clock.monotonicMs() });
    case 'member':
      state.tell({ ...effect, atMs: clock.wallMs() });
      return state.onEvent(effect);
    case 'fact':
      return state.tell({ ...effect, atMs: clock.wallMs() });
    default:
      return state.onEvent(effect);
  }
}

async function exchange(state: State, effect: Extract<Effect, { type: 'send' }>): Promise<void> {
  const { address, message, timeoutMs } = effect;
  const { codec, ports } = state;
  try {
    const bytes = await ports.transport.exchange(address, codec.encode(message), timeoutMs);
    const answer = codec.decodeResponse(bytes);
    feed(state, { type: 'response', exchange: effect.exchange, message: answer });
  } catch (error) {
    feed(state, { type: 'failure', exchange: effect.exchange, failure: failureOf(error) });
  }
}

/** The peer said so, or its answer says it. */
const isOtherVersion = (error: unknown): boolean =>
  error instanceof TransportError
    ? error.problem?.code === 'unknown_version'
    : error instanceof WireError && error.code === 'unknown_version';

/** An answer that cannot be read is as good as a refusal: something else listens there. */
function failureOf(error: unknown): ExchangeFailure {
  if (isOtherVersion(error)) return 'other_version';
  if (error instanceof TransportError) return error.failure;
  if (error instanceof WireError) return 'rejected';
  throw error;
}
