// One node in a Durable Object: what happens when a request or its alarm wakes it, and what is done
// before it may sleep again.

import { createApp } from '../app.ts';
import type { LeaveNotice } from '../core/model.ts';
import { createServices } from '../host/services.ts';
import { answerBytes, requestBytes } from '../transport/support/http-bytes.ts';
import { assemble, type EdgeNodeOptions, type Parts } from './parts.ts';
import { MAX_BODY_BYTES } from './router.ts';

export interface EdgeNode {
  /** It said goodbye: what follows is for another run, when its time has come. */
  readonly hasLeft: boolean;
  fetch(request: Request): Promise<Response>;
  /** The object's alarm: measures, does what is due, and sets the next one. */
  alarm(): Promise<void>;
}

/** How long a happening waits for peers; what takes longer finds the object awake, or is lost. */
const IDLE_LIMIT_MS = 10_000;

/** Rejects with an OperatingError when the keys cannot be used. */
export async function startEdgeNode(options: EdgeNodeOptions): Promise<EdgeNode> {
  const { context } = options;
  const parts = await assemble(options, () => context.waitUntil(settle(false)));
  const { budget, clock, timing, probes, sleep, wallMs } = parts;
  const app = appOf(parts, (notice) => context.waitUntil(leave(notice)));
  const awake = createAwakeMeter(wallMs, (awakeMs) => budget.count({ awakeMs }));
  let hasLeft = parts.run.hasLeft;

  const settle = async (keepsNow: boolean): Promise<void> => {
    if (hasLeft) return;
    await untilIdle(parts);
    // Or what the leave has kept, and its alarm, would be undone.
    if (hasLeft) return;
    tellBudget(parts);
    await sleep.prepare(keepsNow);
  };
  const leave = async (notice: LeaveNotice): Promise<void> => {
    await parts.driver.leave(notice);
    parts.driver.stop();
    hasLeft = true;
    await sleep.leave(notice);
  };
  await parts.driver.start();
  if (hasLeft) parts.driver.stop();

  return {
    get hasLeft() {
      return hasLeft;
    },
    async fetch(request) {
      const startedAt = wallMs();
      const end = awake.begin();
      budget.count({ requests: 1 });
      const { newestMs } = parts.calls;
      const response = await app.fetch(request, callerOf(request));
      probes.requests.note(response.status, wallMs() - startedAt);
      // A call that changed something is kept before another run could take it again.
      const keepsNow = parts.calls.newestMs > newestMs;
      context.waitUntil(settle(keepsNow).finally(end));
      return response;
    },
    async alarm() {
      if (hasLeft) return;
      const end = awake.begin();
      budget.count({ requests: 1 });
      timing.wasLate(sleep.alarmed());
      try {
        await timing.measure();
        clock.run();
      } catch (error) {
        // The next alarm must be set, whatever happened: nobody else would wake the object.
        parts.log('error', `A fault in a round; please report it: ${String(error)}`);
      }
      await settle(true).finally(end);
    },
  };
}

/** Cloudflare says who called; nobody else can set this header. */
const callerOf = (request: Request) => ({
  caller: request.headers.get('CF-Connecting-IP') ?? undefined,
});

function appOf(parts: Parts, leave: (notice: LeaveNotice) => void) {
  const { driver, clock, store, machine, log, peerProblems, gate, budget, peers, transport } =
    parts;
  const { userMetrics } = parts;
  const called = { sentBytes: 0, receivedBytes: 0 };
  const services = createServices({
    ...{ driver, clock, store, machine, log, peerProblems, gate, peers, userMetrics },
    basePath: parts.basePath,
    settings: parts.settings.config.settings,
    allowedOrigins: parts.settings.config.security.allowedOrigins,
    maxBodyBytes: MAX_BODY_BYTES,
    // Cloudflare tells where calls come from, but not what is loopback here.
    admit: () => {},
    traffic: () => ({
      sentBytes: transport.traffic().sentBytes + called.sentBytes,
      receivedBytes: transport.traffic().receivedBytes + called.receivedBytes,
    }),
    leave: async (notice) => leave(notice),
  });
  const url = new URL(`${parts.address || 'https://object'}/gossip`);
  return createApp({
    ...services,
    limits: budget.answer,
    // A round that the day's share stretches is no sign of a node that is stuck.
    stats: () => {
      const stats = services.stats();
      return { ...stats, roundMs: Math.max(stats.roundMs, Math.round(budget.shortestRoundMs())) };
    },
    async gossip(body, caller) {
      const answer = await services.gossip(body, caller);
      called.receivedBytes += requestBytes(url, body.length);
      called.sentBytes += answerBytes(answer.ok ? answer.body.length : 0);
      return answer;
    },
  });
}

/** Until no exchange is under way, for its answer would be lost in a sleep. */
async function untilIdle({ driver, transport, wallMs }: Parts): Promise<void> {
  const until = wallMs() + IDLE_LIMIT_MS;
  while (driver.status().pending > 0 && wallMs() < until) {
    await transport.nextEnd();
    // The loop takes the answer after us, and may start another exchange.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Says so when the day's share makes rounds longer than was asked for. */
function tellBudget({ budget, peerProblems, settings }: Parts): void {
  const { used, share, until, shortestRoundMs } = budget.answer();
  if (share === null || shortestRoundMs <= settings.config.settings.roundMs) {
    return peerProblems.clear('budget');
  }
  const requests = `${used.requests} of ${share.requests} requests`;
  const rows = `${used.rowsWritten} of ${share.rowsWritten} rows`;
  const seconds = Math.round(shortestRoundMs / 1_000);
  peerProblems.report(
    'budget',
    `This object has used ${requests} and ${rows} that are its share of the free plan until ` +
      `${until}, so its rounds are ${seconds} s at least; have fewer objects or calls, or set ` +
      'PRIOMON_PLAN to paid.',
  );
}

/** Time in which something happens, however much at once; that is what is billed. */
function createAwakeMeter(wallMs: () => number, count: (awakeMs: number) => void) {
  let happenings = 0;
  let since = 0;
  return {
    /** The returned function ends it. */
    begin() {
      if (happenings++ === 0) since = wallMs();
      return (): void => {
        if (--happenings === 0) count(wallMs() - since);
      };
    },
  };
}
