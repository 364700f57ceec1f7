// The report site as built, for those who serve it.

import { ROOT } from '../support.ts';
import { run } from './engine.ts';

/** Builds the recorded results' report into a folder. */
export async function buildSite(folder: string): Promise<string> {
  const words = ['run', 'site', '--', '--demo', '--out', folder];
  const { code, out, problem } = await run('npm', words, { cwd: ROOT });
  if (code !== 0) throw new Error(`the site was not built: ${problem || out}`);
  return folder;
}

const LINK = /\s(?:href|src|data-source)="([^"#?]+)/g;
const isElsewhere = (link: string): boolean => /^[a-z]+:/.test(link);

/**
 * Follows every link from a page on, as a browser resolves them; how many addresses there are, and
 * those that do not answer.
 */
export async function crawl(start: string): Promise<{ visited: number; broken: string[] }> {
  const waiting = [start];
  const seen = new Set(waiting);
  const broken: string[] = [];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    const answer = await fetch(url);
    const text = await answer.text();
    if (!answer.ok) broken.push(`${url} answers ${answer.status}`);
    if (!answer.ok || !/html/.test(answer.headers.get('content-type') ?? '')) continue;
    for (const [, link = ''] of text.matchAll(LINK)) {
      const next = new URL(link, answer.url).href;
      if (isElsewhere(link) || seen.has(next)) continue;
      if (!next.startsWith(start)) broken.push(`${url} leads out of the site, to ${next}`);
      seen.add(next);
      waiting.push(next);
    }
  }
  return { visited: seen.size, broken };
}
