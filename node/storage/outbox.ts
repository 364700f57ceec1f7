// Rows on their way to the storage thread. One message at a time is under way, so a slow thread
// fills this bounded queue and not its mailbox.

import type { MembershipEvent, Sample } from '../ports.ts';
import { createRowQueue } from './queue.ts';

export interface RowMessage {
  readonly samples: readonly Sample[];
  readonly events: readonly MembershipEvent[];
}

export interface Outbox {
  addSamples(rows: readonly Sample[]): void;
  addEvents(rows: readonly MembershipEvent[]): void;
  isSending(): boolean;
  /** Rows that the thread has not taken yet. */
  waitingRows(): number;
  droppedRows(): number;
  /** Sends what waits, an empty message too; joins what is under way. Never rejects. */
  send(): Promise<void>;
  /** More waits than one message holds. */
  isCrowded(): boolean;
}

/** One message holds so many rows: copying more at once would hold up the node's own loop. */
export const MESSAGE_ROWS = 1_000;

export function createOutbox(
  maxRows: number,
  deliver: (message: RowMessage) => Promise<unknown>,
): Outbox {
  const samples = createRowQueue<Sample>(maxRows);
  const events = createRowQueue<MembershipEvent>(maxRows);
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

  /** What came after the call waits for the next one, or a flood would never let it end. */
  const sendAll = async (): Promise<void> => {
    const messages = Math.ceil(Math.max(samples.length, events.length) / MESSAGE_ROWS);
    let sent = 0;
    do sent += 1;
    while ((await sendOne()) && sent < messages);
    sending = undefined;
  };

  return {
    addSamples: (rows) => samples.add(rows),
    addEvents: (rows) => events.add(rows),
    isSending: () => sending !== undefined,
    waitingRows: () => samples.length + events.length + underWayRows,
    droppedRows: () => samples.dropped + events.dropped,
    isCrowded: () => samples.length + events.length > MESSAGE_ROWS,
    send() {
      sending ??= sendAll();
      return sending;
    },
  };
}
