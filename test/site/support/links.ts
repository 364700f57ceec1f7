// Follows the links of a built page by plain HTTP, the places inside pages included.

import { parseHTML } from 'linkedom';

/** Links that lead nowhere. `site` has a slash at its end. */
export async function linksOf(site: string, path: string): Promise<string[]> {
  const { links } = await read(site + path);
  const broken = await Promise.all(
    [...new Set(links)].map(async (link) => {
      const target = new URL(link, site + path);
      if (!target.href.startsWith(site)) return [`${link} leaves the site`];
      const found = await read(target.href.replace(/#.*$/, ''));
      if (!found.isThere) return [`${link} is not there`];
      const place = decodeURIComponent(target.hash.slice(1));
      return place === '' || found.ids.has(place) ? [] : [`${link} is no place there`];
    }),
  );
  return broken.flat();
}

interface Found {
  readonly isThere: boolean;
  readonly links: readonly string[];
  readonly ids: ReadonlySet<string>;
}

const known = new Map<string, Promise<Found>>();

function read(url: string): Promise<Found> {
  const found = known.get(url) ?? fetchPage(url);
  known.set(url, found);
  return found;
}

async function fetchPage(url: string): Promise<Found> {
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok || !/html/.test(answer.headers.get('content-type') ?? '')) {
    return { isThere: answer.ok, links: [], ids: new Set() };
  }
  const { document } = parseHTML(text);
  const values = (attribute: string): string[] =>
    [...document.querySelectorAll(`[${attribute}]`)].map(
      (element) => element.getAttribute(attribute) ?? '',
    );
  return {
    isThere: true,
    links: ['href', 'src', 'data-source'].flatMap(values),
    ids: new Set(values('id')),
  };
}
