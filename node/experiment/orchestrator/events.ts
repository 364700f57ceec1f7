// What happens in a session, as server-sent events: each event as programs read it, and after it,
// and at the beginning, a `status` for pages.

import type { Session, Watcher } from './session.ts';

/** Proxies and browsers give up on a connection that is silent for longer, ms. */
const PING_MS = 15_000;
/** Messages that wait for a reader; who lags behind by more is dropped, and may come back. */
const MOST_WAITING = 64;

/** Ends with the reader, at the signal, or when the reader lags behind. */
export function streamOf(session: Session, signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let letGo = (): void => {};
  const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const end = (): void => {
      letGo();
      controller.close();
    };
    const send = (text: string): void => {
      if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(text));
      else end();
    };
    const tell: Watcher = ({ event, status }) => {
      const news = event === undefined ? '' : messageOf(event);
      send(`${news}event: status\n${messageOf(status)}`);
    };
    const ping = setInterval(() => send(': ping\n\n'), PING_MS);
    const unwatch = session.watch(tell);
    signal.addEventListener('abort', end, { once: true });
    letGo = () => {
      clearInterval(ping);
      unwatch();
      signal.removeEventListener('abort', end);
    };
    tell({ status: session.status() });
    if (signal.aborted) end();
  };
  return new ReadableStream({ start, cancel: () => letGo() }, { highWaterMark: MOST_WAITING });
}

/** JSON has no line breaks of its own. */
const messageOf = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
