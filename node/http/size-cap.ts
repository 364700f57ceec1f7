// Bounds a request's body before it is read.

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
