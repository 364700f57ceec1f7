// Colours and weights for terminals; plain text where there is none, or NO_COLOR is set.

import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Paint {
  readonly hasColors: boolean;
  (style: Style, text: string): string;
}

/** https://no-color.org: any value but the empty one counts. */
export function createPaint(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const hasColors = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
  const paint = (style: Style, text: string): string =>
    hasColors ? styleText(style, text, { validateStream: false }) : text;
  return Object.assign(paint, { hasColors });
}
