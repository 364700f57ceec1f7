// A picture in its page and out of it: read out as one thing, or an SVG file that any viewer shows
// alike.

const XMLNS = 'xmlns="http://www.w3.org/2000/svg"';

/**
 * Plot names its groups of marks, which would be noise, and not allowed there: the picture has a
 * sentence for a name already.
 */
export function quiet<Picture extends Element>(picture: Picture): Picture {
  for (const part of picture.querySelectorAll('[aria-label], [aria-description]')) {
    part.removeAttribute('aria-label');
    part.removeAttribute('aria-description');
  }
  return picture;
}

/** Colours are variables with their light values to fall back to, so the ground is light too. */
export function standaloneSvg(markup: string): string {
  const start = markup.indexOf('<svg');
  const end = markup.lastIndexOf('</svg>');
  const svg = markup.slice(start, end + '</svg>'.length).replaceAll('&nbsp;', '&#160;');
  const head = svg.slice(0, svg.indexOf('>'));
  const named = head.includes('xmlns=') ? svg : svg.replace('<svg', `<svg ${XMLNS}`);
  const ground = '<rect width="100%" height="100%" fill="#fff"/>';
  return `<?xml version="1.0" encoding="UTF-8"?>\n${named.replace('>', `>${ground}`)}\n`;
}
