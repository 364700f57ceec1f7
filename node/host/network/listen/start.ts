// Opens the port, or says in one sentence why it cannot be had.

import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import { OperatingError } from '../../../errors.ts';

export function start(
  server: Server | SecureServer,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(startProblem(error, host, port));
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

function startProblem(error: NodeJS.ErrnoException, host: string, port: number): OperatingError {
  const say = (code: string, message: string) =>
    new OperatingError(code, message, { cause: error });
  switch (error.code) {
    case 'EADDRINUSE':
      return say(
        'port_taken',
        `Port ${port} on ${host} is taken; stop the program that holds it or choose another port.`,
      );
    case 'EACCES':
      return say(
        'port_forbidden',
        `Port ${port} needs rights that this user lacks; choose a port from 1024 up.`,
      );
    case 'EADDRNOTAVAIL':
    // Deno's word for it.
    case 'EINVAL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return say(
        'host_unavailable',
        `${host} is no address of this machine; listen on 127.0.0.1, 0.0.0.0 or one it has.`,
      );
    default:
      return say('listen_failed', `Port ${port} on ${host} cannot be opened: ${error.message}.`);
  }
}

/** A wildcard is no address to dial; brackets belong around IPv6. */
export function dialable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
