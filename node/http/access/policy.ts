// The headers that keep a page to itself.

const hashOf = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
};

export interface OwnParts {
  readonly style: string;
  readonly script: string;
  /** Whether it has forms, which lead to the program itself. */
  readonly hasForms?: boolean;
}

/**
 * Nothing from elsewhere, nothing inline but the page's own style and script. Named by hash, not
 * by a nonce: a page that a script fetches is checked against the policy of the first one.
 */
export async function pageHeaders({ style, script, hasForms = false }: OwnParts) {
  const policy = [
    "default-src 'none'",
    `style-src ${await hashOf(style)}`,
    `script-src ${await hashOf(script)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    `form-action ${hasForms ? "'self'" : "'none'"}`,
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    // Without any referrer a browser hides where its forms come from, and they are refused.
    'Referrer-Policy': hasForms ? 'same-origin' : 'no-referrer',
    'Cache-Control': 'no-store',
  };
}
