// ETag and 304 for answers made from the view.

import type { Context, MiddlewareHandler } from 'hono';
import type { ClusterView } from '../../core/model.ts';

/**
 * The tag is the view's revision: ages and `at` pass with every millisecond, so a 304 means that
 * nothing new was learned, not that the bytes would be equal; hence a weak tag. Revisions start
 * anew with the node, so its generation is part of the tag.
 */
export const tagOf = (view: ClusterView): string => {
  const generation = view.member(view.selfId)?.generation ?? 0;
  return `W/"${generation.toString(36)}.${view.revision.toString(36)}"`;
};

const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');

/** Whether the asker holds the answer that has this tag. */
export const isKnown = (c: Context, tag: string): boolean => {
  const known = c.req.header('If-None-Match')?.split(',').map(opaque) ?? [];
  return known.includes('*') || known.includes(opaque(tag));
};

export const fresh =
  (view: ClusterView): MiddlewareHandler =>
  async (c, next) => {
    const tag = tagOf(view);
    const headers = { ETag: tag, 'Cache-Control': 'no-cache' };
    if (isKnown(c, tag)) return c.body(null, 304, headers);
    await next();
    if (!c.res.ok) return;
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  };
