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
  /** Sends what waits, an empty message too; joins the one under way. Never rejects. */
  send(): Promise<void>;
}

export function createOutbox(
  maxRows: number,
  deliver: (message: RowMessage) => Promise<unknown>,
): Outbox {
  const samples = createRowQueue<Sample>(maxRows);
  const events = createRowQueue<MembershipEvent>(maxRows);
  let underWayRows = 0;
  let sending: Promise<void> | undefined;

  const sendOnce = async (): Promise<void> => {
    const message = { samples: samples.take(maxRows), events: events.take(maxRows) };
    underWayRows = message.samples.length + message.events.length;
    try {
      await deliver(message);
    } catch {
      // The thread ended before it took them; sent again, they are written once all the same.
      samples.putBack(message.samples);
      events.putBack(message.events);
    }
    underWayRows = 0;
    sending = undefined;
  };

  return {
    addSamples: (rows) => samples.add(rows),
    addEvents: (rows) => events.add(rows),
    isSending: () => sending !== undefined,
    waitingRows: () => samples.length + events.length + underWayRows,
    droppedRows: () => samples.dropped + events.dropped,
    send() {
      sending ??= sendOnce();
      return sending;
    },
  };
}
