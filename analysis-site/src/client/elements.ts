// Small pieces of markup that the controls are made of.

/** `attributes` are set as they are; `text` is text, whatever it holds. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  text = '',
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

export function button(text: string, onClick: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', class: 'button' }, text);
  made.addEventListener('click', onClick);
  return made;
}

/** A group of controls with a name for those who hear the page. */
export function group(label: string, ...members: readonly HTMLElement[]): HTMLDivElement {
  const made = element('div', { class: 'group', role: 'group', 'aria-label': label });
  made.append(...members);
  return made;
}

export const press = (made: HTMLElement, isPressed: boolean): void =>
  made.setAttribute('aria-pressed', String(isPressed));
