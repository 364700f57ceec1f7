// How far a trial goes: `npm test` runs a short form of each, `npm run verify` the long one.

/** Whether this is `npm run verify`, which takes the time that it needs. */
export const IS_LONG = process.env.VERIFY === '1';

export const scaled = <T>(short: T, long: T): T => (IS_LONG ? long : short);

/** The same in every `npm test`, so that none depends on luck; `npm run verify` gives others. */
export const SEED = Number(process.env.FUZZ_SEED ?? 20_261_121);
