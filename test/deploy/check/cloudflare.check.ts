import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support.ts';
import { buildSite } from './site.ts';
import { wrangler } from './wrangler.ts';

describe('wrangler deploy', () => {
  it('would put the Worker up: one file, with its bindings, far below the limits', async () => {
    const said = await wrangler('deploy', '--dry-run');
    console.log(said);
    expect(said).toContain('Durable Object');
    const [, kibibytes = Number.NaN] = /gzip: ([\d.]+) KiB/.exec(said) ?? [];
    expect(Number(kibibytes)).toBeLessThan(1_024);
  });

  it('would put the report site up as files', async () => {
    await buildSite(join(ROOT, 'analysis-site/dist'));
    const said = await wrangler('deploy', '--dry-run', '--config', 'deploy/site/wrangler.toml');
    expect(said).toContain('files from the assets directory');
  });
});
