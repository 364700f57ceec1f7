// What a process and its thread for results tell each other: a call is a method and its argument.

import type { Statement } from '../database/schema.ts';

export type Request =
  | { readonly method: 'read'; readonly statement: Statement }
  | { readonly method: 'write'; readonly statements: readonly Statement[] }
  | { readonly method: 'repeat'; readonly statement: Statement | undefined }
  | { readonly method: 'close' };
