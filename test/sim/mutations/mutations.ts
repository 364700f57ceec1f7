// The rules of the protocol, each with the invariant or promise that breaks without it. The texts
// are those of node/core; when a rule is reworded there, its text is reworded here.

import { MEMBERSHIP } from './membership.ts';
import type { Mutation } from './mutation.ts';
import { VALUES } from './values.ts';

export type { Mutation };

export const MUTATIONS: readonly Mutation[] = [...VALUES, ...MEMBERSHIP];
