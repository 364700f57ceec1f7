// Bounds a request before it is read.

import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Problem } from './problem.ts';

/** By the declared length where there is one, else by counting. `count` learns of refusals. */
export const sizeCap = (maxBytes: number, count?: (code: string) => void): MiddlewareHandler =>
  bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      const code = 'too_large';
      count?.(code);
      throw new Problem({
        status: 413,
        code,
        title: 'The body is too large',
        detail: `A body may have ${maxBytes} bytes here; send less at a time.`,
      });
    },
  });

/** As long as the listener of a machine lets whole heads be; a Worker would bring more. */
const MAX_ADDRESS = 8_192;

/** Paths and parameters are looked at character by character, some of them more than once. */
export const shortAddress: MiddlewareHandler = async (c, next) => {
  if (c.req.url.length <= MAX_ADDRESS) return next();
  throw new Problem({
    status: 414,
    code: 'address_too_long',
    title: 'The address is too long',
    detail: `An address may have ${MAX_ADDRESS} characters here; ask for fewer names at a time.`,
  });
};
