// The pages that every page leads to.

export interface PageLink {
  readonly name: string;
  /** From the root of the site. */
  readonly path: string;
}

export const PAGES: readonly PageLink[] = [
  { name: 'Experiments', path: '' },
  { name: 'Compare', path: 'compare/' },
  { name: 'Method', path: 'method/' },
  { name: 'Schema', path: 'schema/' },
];

/** The root of the site with a slash at its end, whatever the build was told. */
export const rootOf = (base: string): string => base.replace(/\/?$/, '/');
