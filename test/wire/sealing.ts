// One exchange as a cluster with a secret sends it: recorded, and opened again.

import { createSigner, type Opened, type Signer } from '../../node/signing/signer.ts';
import type { Recorded } from './story.ts';

/** In hexadecimal; times are wall clock, ms. */
export interface SealedExchange {
  readonly cluster: string;
  readonly key: string;
  readonly timeMs: number;
  readonly request: string;
  readonly sealedRequest: string;
  readonly answer: string;
  readonly sealedAnswer: string;
}

type Common = Pick<SealedExchange, 'cluster' | 'key' | 'timeMs'>;

const COMMON: Common = {
  cluster: 'priomon',
  key: 'a-key-that-only-tests-use',
  timeMs: Date.UTC(2026, 10, 21),
};

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

const signerOf = (id: string, { cluster, key, timeMs }: Common): Promise<Signer> =>
  createSigner({
    ...{ cluster, keys: [key], id, toleranceMs: 60_000 },
    clock: { wallMs: () => timeMs },
  });

const opened = (outcome: Opened): Extract<Opened, { isOpen: true }> => {
  if (!outcome.isOpen) throw new Error(outcome.refusal.detail);
  return outcome;
};

/** The first exchange of the story, sealed. */
export async function sealStory(messages: readonly Recorded[]): Promise<SealedExchange> {
  const request = messages.find(({ kind }) => kind === 'exchange')?.hex ?? '';
  const answer = messages.find(({ kind }) => kind === 'answer')?.hex ?? '';
  const { body } = await (await signerOf('b', COMMON)).seal(fromHex(request));
  const sealedRequest = toHex(body);
  const { sealedAnswer } = await answerTo({ ...COMMON, sealedRequest }, answer);
  return { ...COMMON, request, sealedRequest, answer, sealedAnswer };
}

/** What a node of this release makes of a sealed request, and how it seals an answer to it. */
export async function answerTo(
  exchange: Common & Pick<SealedExchange, 'sealedRequest'>,
  answer: string,
): Promise<Pick<SealedExchange, 'request' | 'sealedAnswer'>> {
  const node = await signerOf('a', exchange);
  const { message, seal } = opened(await node.open(fromHex(exchange.sealedRequest)));
  return { request: toHex(message), sealedAnswer: toHex(await seal(fromHex(answer))) };
}
