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

const namedIn = (c: Context): readonly string[] =>
  c.req.header('If-None-Match')?.split(',').map(opaque) ?? [];

/** Whether the asker holds the answer that has this tag. */
export const isKnown = (c: Context, tag: string): boolean => namedIn(c).includes(opaque(tag));

/** Whether any answer is one that the asker has: what `*` means once there is one. */
export const hasAny = (c: Context): boolean => namedIn(c).includes('*');

/** What there is no answer to, such as a node that nobody knows, is refused whatever was known. */
export const fresh =
  (view: ClusterView): MiddlewareHandler =>
  async (c, next) => {
    const tag = tagOf(view);
    await next();
    if (!c.res.ok) return;
    const headers = { ETag: tag, 'Cache-Control': 'no-cache' };
    // An answer of its own, for the context holds the type of the other by now.
    if (isKnown(c, tag) || hasAny(c)) c.res = new Response(null, { status: 304, headers });
    else for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  };
