// What is said of names that were looked up.

import type { DnsName } from '../../../config/addresses.ts';

/** A sentence has room for so many addresses. */
const SHOWN = 4;

const listed = (urls: readonly string[]): string =>
  urls.slice(0, SHOWN).join(', ') + (urls.length > SHOWN ? ` and ${urls.length - SHOWN} more` : '');

export const foundText = (written: string, urls: readonly string[]): string =>
  urls.length === 0 ? `${written} stands for this node alone` : `${written} is ${listed(urls)}`;

/** Not a single address is as before: a move, or another cluster's name by mistake. */
export const changeText = (
  written: string,
  before: readonly string[],
  urls: readonly string[],
): string =>
  `${written} resolves to other addresses than before: ${listed(urls)} instead of ` +
  `${listed(before)}; is the name still that of this cluster?`;

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name',
  ETIMEOUT: 'no name server answered in time',
  EAI_AGAIN: 'no name server answered',
  ECONNREFUSED: 'no name server listens where one should (/etc/resolv.conf)',
  ESERVFAIL: 'the name server failed',
  EREFUSED: 'the name server refuses the query',
};

/** `kept` counts the addresses that it stood for before. */
export function failureText(
  written: string,
  { name, kind }: DnsName,
  error: unknown,
  kept: number,
): string {
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  const empty = `${name} has no ${kind === 'addresses' ? 'address' : 'SRV record'}`;
  const reason = code === 'ENODATA' ? empty : (REASONS[code] ?? message.replace(/\.$/, ''));
  const addresses = kept === 1 ? '1 address' : `${kept} addresses`;
  const does = kept === 0 ? 'runs without it' : `keeps to the ${addresses} it had`;
  const codeText = code === '' ? '' : ` (${code})`;
  return (
    `${written} in join stands for no node: ${reason}${codeText}; this node ${does} and keeps ` +
    'looking: is the name right, and is a node running behind it?'
  );
}
