// The state of an engine is divided by the rooms of the core: each room changes its own part.

import type { Problem, Source } from './source.ts';

const ROOM_STATE = /^node\/core\/(\w+)\/state\.ts$/;
const IN_ROOM = /^node\/core\/(\w+)\//;
/** It fills a state that nobody has used yet. */
const FILLS_ALL = 'node/core/snapshot/restore.ts';
const CHANGE = /\bstate\.(\w+)(?:\.length)? ?(?:[-+*/|&?]{0,2}=(?![=>])|\+\+|--)/g;

/** Which room a field belongs to, as the interfaces in the rooms' `state.ts` say. */
export function ownersOf(sources: readonly Pick<Source, 'path' | 'text'>[]): Map<string, string> {
  const owners = new Map<string, string>();
  for (const { path, text } of sources) {
    const [, room = ''] = ROOM_STATE.exec(path) ?? [];
    const [, body = ''] = /interface \w+State[^{]*\{([\s\S]*?)\n\}/.exec(text) ?? [];
    if (room === '') continue;
    for (const [, field = ''] of body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)) {
      owners.set(field, room);
    }
  }
  return owners;
}

export function changesElsewhere(sources: readonly Pick<Source, 'path' | 'text'>[]): Problem[] {
  const owners = ownersOf(sources);
  return sources.flatMap(({ path, text }) => {
    const [, room] = IN_ROOM.exec(path) ?? [];
    if (room === undefined || path === FILLS_ALL) return [];
    return [...text.matchAll(CHANGE)].flatMap(([, field = '']) => {
      const owner = owners.get(field);
      return owner === undefined || owner === room
        ? []
        : [`${path} changes ${field}, which belongs to ${owner}/`];
    });
  });
}
