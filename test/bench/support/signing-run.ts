// The process that signs: told how many exchanges to make, it says what one costs a node.

import { setTimeout as sleep } from 'node:timers/promises';
import { createSigner } from '../../../node/signing/signer.ts';

/** A node's part of an exchange, ms of processor time. */
export interface SigningFigures {
  /** Back to back, windows of many. */
  readonly togetherMs: readonly number[];
  /** With a pause before each. */
  readonly spacedMs: readonly number[];
}

/** Of a calm cluster's exchange, give or take. */
const REQUEST = new Uint8Array(120).fill(7);
const ANSWER = new Uint8Array(80).fill(9);
const WARM_UP = 500;
const WINDOWS = 15;
const SPACING_MS = 50;
/** Both are in this process: one signs and opens the answer, the other opens and signs that. */
const ENDS = 2;

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

/** User and system time of all threads: Web Crypto works in others. */
async function costMs(count: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) await exchange();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / count / ENDS;
}

const [count = 0, spacedCount = 0] = process.argv.slice(2).map(Number);
await costMs(WARM_UP);
const togetherMs: number[] = [];
for (let i = 0; i < WINDOWS; i++) togetherMs.push(await costMs(count));
const spacedMs: number[] = [];
for (let i = 0; i < spacedCount; i++) {
  await sleep(SPACING_MS);
  spacedMs.push(await costMs(1));
}
process.stdout.write(JSON.stringify({ togetherMs, spacedMs } satisfies SigningFigures));
