// Debug.
import { vi, it } from 'vitest';
import { samples } from '../../core/support.ts';
import { startPeer } from './peer.ts';
import { leadTime, subject } from './support.ts';
const object = subject('edge-1');
const t0 = performance.now();
const log = (...a: unknown[]) => console.log(Math.round(performance.now() - t0), ...a);
it.each([
  ['get', '/state', {}],
  ['gossip 401', '/gossip', { method: 'POST', body: new Uint8Array([1,2]) }],
  ['json 415', '/metrics', { method: 'POST', body: 'x' }],
  ['json 401', '/metrics', { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } }],
  ['json 202', '/metrics', { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: 'Bearer a-token-for-tests-alone' }, body: JSON.stringify({ name: 'queue', value: 3 }) }],
] as const)('%s', async (_, path, init) => {
  leadTime();
  const peer = await startPeer();
  await object.ready();
  const r = await object.fetch(path, init as RequestInit);
  await r.text();
  log(_, r.status);
  await object.evict();
  log('evicted');
  vi.restoreAllMocks();
}, 3000);
