// Loaded with `--import`: takes one rule out of the protocol while its file is being loaded. Named
// by the environment variable MUTATION; a mutation whose text is not found any more is an error.

import { registerHooks } from 'node:module';
import { MUTATIONS } from './mutations.ts';

const name = process.env.MUTATION ?? '';
const mutation = MUTATIONS.find((one) => one.name === name);
if (mutation === undefined) throw new RangeError(`there is no mutation "${name}"`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const edits = mutation.edits.filter(({ file }) => url.endsWith(`/node/core/${file}`));
    if (edits.length === 0) return loaded;
    let source = String(loaded.source);
    for (const { file, rule, instead } of edits) {
      if (source.split(rule).length !== 2) {
        throw new RangeError(`mutation "${name}": ${file} has "${rule}" not exactly once`);
      }
      source = source.replace(rule, () => instead);
    }
    return { ...loaded, source };
  },
});
