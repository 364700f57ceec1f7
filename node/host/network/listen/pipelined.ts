// Ends a connection on which too many requests came at once, with all that its last packet still
// holds: Node reads 64 KiB at a time, and hands over the thousands of requests in them before
// anything else has its turn. To destroy the socket does not end that.

import type { Socket } from 'node:net';

/** What Node's parser of a connection calls for each head; other runtimes have none. */
interface ParsedSocket extends Socket {
  readonly parser?: { onIncoming?: unknown } | null;
}

/** Of which the parser makes an error, and reads no further. */
const STOP = -1;

export function cutOff(socket: ParsedSocket): void {
  if (socket.parser?.onIncoming) socket.parser.onIncoming = () => STOP;
  socket.destroy();
}
