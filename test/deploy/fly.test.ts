import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { at, readStages, readText, type Tree, warnings } from './support.ts';

const fly = parse(readText('deploy/fly.toml')) as Tree;

/** What fly documents of its file, as far as this one could use it. */
const DOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  '': ['app', 'primary_region', 'kill_signal', 'kill_timeout', 'swap_size_mb', 'console_command'],
  build: ['dockerfile', 'ignorefile', 'build-target', 'args', 'image'],
  mounts: ['source', 'destination', 'processes', 'initial_size'],
  deploy: ['strategy', 'max_unavailable', 'release_command', 'wait_timeout'],
  checks: ['type', 'method', 'path', 'port', 'grace_period', 'interval', 'timeout', 'headers'],
  vm: ['size', 'memory', 'cpus', 'cpu_kind', 'processes'],
};

/** Keys of a group; of the members of a list; of each named check. */
function keysIn(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => Object.keys(one));
  const groups = name === 'checks' ? Object.values(value as Tree) : [value];
  return groups.flatMap((group) => Object.keys(group as Tree));
}

describe('deploy/fly.toml', () => {
  it('says nothing that fly does not document', () => {
    for (const [name, value] of Object.entries(fly)) {
      if (name === 'env') continue;
      const isGroup = typeof value === 'object';
      const keys = isGroup ? keysIn(name, value) : [name];
      for (const key of keys) expect(DOCUMENTED[isGroup ? name : ''], name).toContain(key);
    }
  });

  it('builds a stage of the Dockerfile that there is', () => {
    const stages = readStages(`deploy/${at(fly, 'build.dockerfile')}`);
    expect(stages.has(String(at(fly, 'build.build-target')))).toBe(true);
  });

  it('gives variables that a node understands, with those of the machine', () => {
    const ofMachine = {
      PRIOMON_LISTEN: '::',
      PRIOMON_SECRET: 'what-fly-secrets-set-gives',
      PRIOMON_ID: '148ed193b95948',
      PRIOMON_ADVERTISE: 'http://[fdaa:0:18:a7b:d6b:0:a:2]:4000',
      PRIOMON_LABELS: 'region=fra',
    };
    expect(warnings({ ...ofMachine, ...(fly.env as Record<string, string>) })).toEqual([]);
  });

  it('looks up the name that the private network gives the app, on the port of the nodes', () => {
    const { PRIOMON_JOIN, PRIOMON_PORT } = fly.env as Tree;
    expect(PRIOMON_JOIN).toBe(`dns://${fly.app}.internal:${PRIOMON_PORT}`);
    expect(String(at(fly, 'checks.alive.port'))).toBe(PRIOMON_PORT);
  });

  it('keeps what a node measured, and replaces one machine at a time', () => {
    expect(fly.mounts).toMatchObject([{ destination: '/var/lib/priomon' }]);
    expect(fly.deploy).toEqual({ strategy: 'rolling', max_unavailable: 1 });
  });
});
