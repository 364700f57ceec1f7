// Turns links from the site's root into relative ones, so that the built folder works under any path.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';

/** Answers any address that does not exist, so only links from the root lead anywhere. */
const ERROR_PAGE = '404.html';

const LINK = /(\s(?:href|src|data-source)=")([^"]*)"/g;

/** `page` is its path from the folder of the site; `base` has a slash at both ends. */
export function relativeTo(page: string, base: string, html: string): string {
  const from = posix.dirname(`/${page}`);
  return html.replaceAll(LINK, (whole, attribute: string, target: string) => {
    if (!target.startsWith(base) || target.startsWith('//')) return whole;
    const [path = '', rest = ''] = split(target.slice(base.length));
    const short = posix.relative(from, `/${path}`) || '.';
    const folder = path === '' || path.endsWith('/') ? '/' : '';
    return `${attribute}${short}${folder}${rest}"`;
  });
}

/** A link's path, and its query and fragment. */
const split = (target: string): string[] => {
  const at = target.search(/[?#]/);
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at)];
};

export function relativeLinks(): AstroIntegration {
  let base = '/';
  return {
    name: 'relative-links',
    hooks: {
      'astro:config:done': ({ config }) => {
        base = config.base.endsWith('/') ? config.base : `${config.base}/`;
      },
      'astro:build:done': async ({ dir }) => {
        const folder = fileURLToPath(dir);
        for (const path of await readdir(folder, { recursive: true })) {
          const page = path.split(sep).join('/');
          if (!page.endsWith('.html') || page === ERROR_PAGE) continue;
          const file = join(folder, path);
          await writeFile(file, relativeTo(page, base, await readFile(file, 'utf8')));
        }
      },
    },
  };
}
