// Serves a built site as any static host does: files, folders by their index, a page for the rest.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

/** `base` has a slash at both ends. */
export function createSiteServer(folder: string, base: string): Hono {
  const app = new Hono();
  const strip = (path: string): string => path.slice(base.length - 1);
  // A folder without its slash would be shown with links that lead one level too high.
  app.get(`${base}*`, async (c, next) => {
    // No file is called so, and headers cannot say it.
    if (/\p{Cc}/u.test(c.req.path)) return c.notFound();
    const isFolder = /\/[^/.]+$/.test(c.req.path);
    return isFolder ? c.redirect(`${c.req.path.split('/').at(-1)}/`) : next();
  });
  app.use(`${base}*`, serveStatic({ root: folder, rewriteRequestPath: strip }));
  app.notFound(async (c) => {
    const page = await readFile(join(folder, '404.html'), 'utf8').catch(() => 'Not found');
    return c.html(page, 404);
  });
  return app;
}
