// Numbers calls into a thread and matches answers to them.

import { OperatingError } from '../../errors.ts';
import type { Call, Outcome } from './messages.ts';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: OperatingError) => void;
  readonly cancelTimeout: () => void;
}

/** `startTimeout` may end a call with an error, some time later; it returns what prevents that. */
export function createCalls<Asked>(
  startTimeout = (_request: Asked, _end: (error: OperatingError) => void) => (): void => undefined,
) {
  const waiting = new Map<number, Waiting>();
  let lastCall = 0;

  const take = (call: number): Waiting | undefined => {
    const found = waiting.get(call);
    waiting.delete(call);
    found?.cancelTimeout();
    return found;
  };
  /** The message of a call that is not answered. */
  const number = (request: Asked): Call<Asked> => {
    lastCall += 1;
    return { call: lastCall, request };
  };

  return {
    number,
    count: () => waiting.size,
    isOpen: (call: number) => waiting.has(call),
    add(request: Asked): { readonly call: Call<Asked>; readonly answer: Promise<unknown> } {
      const call = number(request);
      const answer = new Promise<unknown>((resolve, reject) => {
        const cancelTimeout = startTimeout(request, (error) => take(call.call)?.reject(error));
        waiting.set(call.call, { resolve, reject, cancelTimeout });
      });
      return { call, answer };
    },
    settle({ call, value, error }: Outcome): void {
      const found = take(call);
      if (error === undefined) found?.resolve(value);
      else found?.reject(new OperatingError(error.code, error.message));
    },
    failAll(error: OperatingError): void {
      for (const call of [...waiting.keys()]) take(call)?.reject(error);
    },
  };
}
