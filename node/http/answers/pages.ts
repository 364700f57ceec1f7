// Reads an answer that comes in pages as one: for the client and the command line.

import { OperatingError } from '../../errors.ts';
import type { Closing, MembersAnswer, QueryAnswer, StateAnswer } from './shapes.ts';

type Paged = StateAnswer | QueryAnswer | MembersAnswer;

/** A hundred thousand nodes; a program that goes on for ever is no node. */
const MAX_PAGES = 100;

/** Asks until no page names another one; what `ask` rejects with ends it. */
export async function readPages<Answer extends Paged>(
  url: URL,
  ask: (url: URL) => Promise<Answer>,
): Promise<Answer> {
  let whole: Answer | undefined;
  let at = url;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await ask(at);
    whole = whole === undefined ? answer : merge(whole, answer);
    if (answer.next === undefined) return whole;
    at = nextUrl(answer.next, at);
  }
  throw new OperatingError('too_many_pages', `${url.host} has no last page; is it a node?`);
}

/** Never another place: whoever was asked must not send its reader elsewhere. */
function nextUrl(next: string, before: URL): URL {
  const url = URL.parse(next, before);
  if (url?.origin === before.origin && url.pathname === before.pathname) return url;
  throw new OperatingError('bad_page', `${before.host} names ${next} as its next page, elsewhere.`);
}

function merge<Answer extends Paged>(whole: Answer, page: Answer): Answer {
  const { next: _, ...first } = whole as Answer & Closing;
  if ('nodes' in whole && 'nodes' in page) {
    // Not by assignment: `__proto__` is a name that a node could have.
    const nodes = [...Object.entries(whole.nodes), ...Object.entries(page.nodes)];
    return { ...first, nodes: Object.fromEntries(nodes) } as unknown as Answer;
  }
  if ('rows' in whole && 'rows' in page) {
    return { ...first, rows: [...whole.rows, ...page.rows] } as unknown as Answer;
  }
  if ('members' in whole && 'members' in page) {
    return { ...first, members: [...whole.members, ...page.members] } as unknown as Answer;
  }
  return whole;
}
