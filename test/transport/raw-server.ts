// A TCP server that a test scripts byte by byte, for what a decent HTTP server would never do.

import { createServer, type Socket } from 'node:net';

export interface RawServer {
  readonly address: string;
  readonly connections: Socket[];
  /** What came, one entry a packet as far as the system keeps them apart. */
  readonly packets: Buffer[];
  close(): Promise<void>;
}

export const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';

/** `respond` is called for each packet with its count, from 1, on its connection. */
export async function serveRaw(
  respond: (socket: Socket, count: number) => void,
  port = 0,
): Promise<RawServer> {
  const connections: Socket[] = [];
  const packets: Buffer[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    let count = 0;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      packets.push(data);
      respond(socket, ++count);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port was bound');
  return {
    address: `http://127.0.0.1:${bound.port}`,
    connections,
    packets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
  };
}
