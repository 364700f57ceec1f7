// GET /: the page, with the headers that keep it to itself.

import { Hono } from 'hono';
import type { AppDependencies } from '../http/access/dependencies.ts';
import { pageHeaders } from '../http/access/policy.ts';
import type { Answering } from '../http/answers/answering.ts';
import { pageText } from './page.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

type Dependencies = Pick<AppDependencies, 'view' | 'stats'> & { readonly answering: Answering };

export const pageRoutes = ({ view, stats, answering }: Dependencies) => {
  let headers: Promise<Readonly<Record<string, string>>> | undefined;
  return new Hono().get('/', answering.recall, async (c) => {
    headers ??= pageHeaders({ style: STYLE, script: SCRIPT }).then((policy) => ({
      ...policy,
      'Content-Type': 'text/html; charset=UTF-8',
    }));
    const own = await headers;
    return answering.answer(c, (now) => pageText({ view, stats: stats(), ...now }), own);
  });
};
