// Rows on their way to the storage thread. One message at a time is under way, so a slow thread
// fills this bounded queue and not its mailbox.

import type { HistoryEvent, Sample } from '../../ports.ts';
import { createRowQueue } from '../database/row-queue.ts';

export interface RowMessage {
  readonly samples: readonly Sample[];
  readonly events: readonly HistoryEvent[];
}

export interface Outbox {
  addSamples(rows: readonly Sample[]): void;
  addEvents(rows: readonly HistoryEvent[]): void;
  isSending(): boolean;
  /** Rows that the thread has not taken yet. */
  waitingRows(): number;
  droppedRows(): number;
  /** Sends what waits, an empty message too; joins what is under way. Never rejects. */
  send(): Promise<void>;
  /** The same, and what is under way first: that may have left before the newest rows came. */
  sendAll(): Promise<void>;
}

export interface OutboxOptions {
  readonly maxRows: number;
  readonly deliver: (message: RowMessage) => Promise<unknown>;
  /** Whether there is anybody to send to: then more than a message holds leaves at once. */
  readonly isOpen: () => boolean;
}

/**
 * One message holds so many rows: copying more at once would hold up the node's own loop, and rows
 * of a flood that wait for it outlive cheap collections of garbage.
 */
export const MESSAGE_ROWS = 250;

export function createOutbox({ maxRows, deliver, isOpen }: OutboxOptions): Outbox {
  const samples = createRowQueue<Sample>(maxRows);
  const events = createRowQueue<HistoryEvent>(maxRows);
  let underWayRows = 0;
  let sending: Promise<void> | undefined;

  /** False when the thread ended before it took them. */
  const sendOne = async (): Promise<boolean> => {
    const message = { samples: samples.take(MESSAGE_ROWS), events: events.take(MESSAGE_ROWS) };
    underWayRows = message.samples.length + message.events.length;
    try {
      await deliver(message);
      return true;
    } catch {
      // Sent again, they are written once all the same.
      samples.putBack(message.samples);
      events.putBack(message.events);
      return false;
    } finally {
      underWayRows = 0;
    }
  };

  /** What comes meanwhile waits for the next call, or a flood would never let this one end. */
  const sendWaiting = async (): Promise<void> => {
    const messages = Math.ceil(Math.max(samples.length, events.length) / MESSAGE_ROWS);
    let sent = 0;
    do sent += 1;
    while ((await sendOne()) && sent < messages);
    sending = undefined;
  };

  const send = (): Promise<void> => {
    sending ??= sendWaiting();
    return sending;
  };

  /** A flood does not wait for its second. */
  const sendWhenCrowded = (): void => {
    const isCrowded = samples.length + events.length > MESSAGE_ROWS;
    if (isCrowded && sending === undefined && isOpen()) void send();
  };

  return {
    addSamples(rows) {
      samples.add(rows);
      sendWhenCrowded();
    },
    addEvents(rows) {
      events.add(rows);
      sendWhenCrowded();
    },
    isSending: () => sending !== undefined,
    waitingRows: () => samples.length + events.length + underWayRows,
    droppedRows: () => samples.dropped + events.dropped,
    send,
    async sendAll() {
      await sending;
      await send();
    },
  };
}
