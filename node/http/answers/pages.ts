// Reads an answer that comes in pages as one: for the client and the command line.

import { OperatingError } from '../../errors.ts';
import { joinStates } from './families.ts';
import type { Closing, MembersAnswer, QueryAnswer, StateAnswer } from './shapes.ts';

type Paged = StateAnswer | QueryAnswer | MembersAnswer;

/** A hundred thousand nodes; a program that goes on for ever is no node. */
const MAX_PAGES = 100;

/** Of all pages together: three times the text of what a node holds as a rule (`max_view`). */
const MAX_CHARACTERS = 256 * 2 ** 20;
/** Of one answer: several times the longest page. */
const MAX_PAGE_BYTES = 32 * 2 ** 20;

/** One answer, and how many characters it came in. */
export interface Page<Answer> {
  readonly answer: Answer;
  readonly characters: number;
}

/** Asks until no page names another one; what `ask` rejects with ends it. */
export async function readPages<Answer extends Paged>(
  url: URL,
  ask: (url: URL) => Promise<Page<Answer>>,
): Promise<Answer> {
  let whole: Answer | undefined;
  let at = url;
  let left = MAX_CHARACTERS;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { answer, characters } = await ask(at);
    left -= characters;
    if (left < 0) throw tooMuch(url, 'on all pages together', MAX_CHARACTERS);
    whole = whole === undefined ? answer : merge(whole, answer);
    if (answer.next === undefined) return whole;
    at = nextUrl(answer.next, at);
  }
  throw new OperatingError('too_many_pages', `${url.host} has no last page; is it a node?`);
}

/** The code of what is longer than its reader takes. */
export const TOO_MUCH = 'too_much';

const tooMuch = ({ host }: URL, where: string, limit: number): OperatingError => {
  const size = `${limit / 2 ** 20} MiB`;
  const fix = 'ask for fewer nodes or metrics, and see that it is a node';
  return new OperatingError(TOO_MUCH, `${host} answers with more than ${size} ${where}; ${fix}.`);
};

/** The text of an answer; rejects where it is longer than that of any node. */
export async function readText(
  { body }: Response,
  url: URL,
  maxBytes = MAX_PAGE_BYTES,
): Promise<string> {
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  let text = '';
  let bytes = 0;
  for (;;) {
    const part = await reader?.read();
    if (part?.value === undefined) return text + decoder.decode();
    bytes += part.value.length;
    if (bytes > maxBytes) {
      await reader?.cancel();
      throw tooMuch(url, 'at once', maxBytes);
    }
    text += decoder.decode(part.value, { stream: true });
  }
}

/** Never another place: a node must not send its reader elsewhere. */
export function nextUrl(next: string, before: URL): URL {
  const url = URL.parse(next, before);
  if (url?.origin === before.origin && url.pathname === before.pathname) return url;
  throw new OperatingError('bad_page', `${before.host} names ${next} as its next page, elsewhere.`);
}

function merge<Answer extends Paged>(whole: Answer, page: Answer): Answer {
  const { next: _, ...first } = whole as Answer & Closing;
  if ('nodes' in whole && 'nodes' in page) {
    return { ...first, ...joinStates(whole, page) } as unknown as Answer;
  }
  if ('rows' in whole && 'rows' in page) {
    const withoutMetrics = [...(whole.withoutMetrics ?? []), ...(page.withoutMetrics ?? [])];
    return {
      ...first,
      rows: [...whole.rows, ...page.rows],
      ...(withoutMetrics.length > 0 && { withoutMetrics }),
    } as unknown as Answer;
  }
  if ('members' in whole && 'members' in page) {
    return { ...first, members: [...whole.members, ...page.members] } as unknown as Answer;
  }
  return whole;
}
