// The process that signs: told how many exchanges to make, it says what one costs.

import { setTimeout as sleep } from 'node:timers/promises';
import { createSigner } from '../../../node/signing/signer.ts';

export interface SigningFigures {
  /** Of both ends together, and of the end that asks, ms an exchange; windows of many. */
  readonly bothMs: readonly number[];
  readonly askerMs: readonly number[];
  /** Of both ends, with a pause before each. */
  readonly spacedMs: readonly number[];
}

/** Of a calm cluster's exchange, give or take. */
const REQUEST = new Uint8Array(120).fill(7);
const ANSWER = new Uint8Array(80).fill(9);
const WARM_UP = 500;
const WINDOWS = 9;
const SPACING_MS = 50;

const clock = { wallMs: () => Date.now() };
const options = { cluster: 'bench', keys: ['a key of 32 characters, no less.'], clock };
const asker = await createSigner({ ...options, id: 'n1', toleranceMs: 120_000 });
const answerer = await createSigner({ ...options, id: 'n2', toleranceMs: 120_000 });

async function exchange(): Promise<void> {
  const sealed = await asker.seal(REQUEST);
  const opened = await answerer.open(sealed.body);
  if (!opened.isOpen) throw new Error(opened.refusal.detail);
  if ((await sealed.open(await opened.seal(ANSWER))) === undefined) throw new Error('not opened');
}

/** The other end's part left out: the same answer is opened by who asked for it. */
async function ask(): Promise<void> {
  const sealed = await asker.seal(REQUEST);
  await sealed.open(sealed.body);
}

/** User and system time of all threads, ms a call: Web Crypto works in others. */
async function costMs(call: () => Promise<void>, count: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / count;
}

/** One at a time, as gossip comes. */
async function spacedCosts(count: number): Promise<number[]> {
  const costs: number[] = [];
  for (let i = 0; i < count; i++) {
    await sleep(SPACING_MS);
    costs.push(await costMs(exchange, 1));
  }
  return costs;
}

const [count = 0, spacedCount = 0] = process.argv.slice(2).map(Number);
await costMs(exchange, WARM_UP);
const bothMs: number[] = [];
const askerMs: number[] = [];
for (let i = 0; i < WINDOWS; i++) {
  bothMs.push(await costMs(exchange, count));
  askerMs.push(await costMs(ask, count));
}
const spacedMs = await spacedCosts(spacedCount);
process.stdout.write(JSON.stringify({ bothMs, askerMs, spacedMs } satisfies SigningFigures));
