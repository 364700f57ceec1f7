// The report site: static pages, no outside request, links that work under any path.

import { defineConfig } from 'astro/config';
import { relativeLinks } from './relative-links.ts';

// What the command line chose comes as inline configuration: see node/cli/site.ts.
export default defineConfig({
  output: 'static',
  trailingSlash: 'always',
  build: { format: 'directory', inlineStylesheets: 'never' },
  compressHTML: true,
  devToolbar: { enabled: false },
  image: { service: { entrypoint: 'astro/assets/services/noop' } },
  integrations: [relativeLinks()],
  vite: {
    // No polyfill, and no preloading by addresses that would have to know the path of the site.
    build: { modulePreload: false, assetsInlineLimit: 0 },
    ssr: { external: ['@libsql/client', 'libsql', 'linkedom'] },
  },
});
