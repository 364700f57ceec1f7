// GET /: the page, with the headers that keep it to itself.

import { Hono } from 'hono';
import type { AppDependencies } from '../http/dependencies.ts';
import { renderPage } from './page.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

const hashOf = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
};

/**
 * Nothing from elsewhere, nothing inline but the page's own style and script. Named by hash, not
 * by a nonce: the page that the script fetches is checked against the policy of the first one.
 */
const policyOf = async (): Promise<string> =>
  [
    "default-src 'none'",
    `style-src ${await hashOf(STYLE)}`,
    `script-src ${await hashOf(SCRIPT)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

export const pageRoutes = (deps: Pick<AppDependencies, 'view' | 'clock' | 'stats'>) => {
  let policy: Promise<string> | undefined;
  return new Hono().get('/', async (c) => {
    policy ??= policyOf();
    const page = renderPage({
      self: deps.view.selfId,
      cluster: deps.view.cluster,
      members: deps.view.members(),
      stats: deps.stats(),
      wallMs: deps.clock.wallMs(),
      monotonicMs: deps.clock.monotonicMs(),
    });
    return c.html(page, 200, {
      'Content-Security-Policy': await policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    });
  });
};
