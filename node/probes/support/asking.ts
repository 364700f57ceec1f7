// Asks file systems without ever waiting for a hung one, and without letting hung ones take the
// threads that all other file access needs.

export type Ask<Answer> = (
  path: string,
  done: (error: NodeJS.ErrnoException | null, answer: Answer) => void,
) => void;

export type Answered<Answer> =
  | { readonly outcome: 'answer'; readonly answer: Answer }
  | { readonly outcome: 'error'; readonly code: string | undefined; readonly problem: string }
  /** `unasked`: too many others hang. */
  | { readonly outcome: 'hung' | 'unasked'; readonly problem: string };

/**
 * A hung call holds one of the four threads that Node has for files until it is answered. Whoever
 * asks for one path at a time has `maxHung` of them in the dark at most.
 */
export function createAsking(withinMs: number, maxHung: number) {
  const hung = new Set<string>();

  return <Answer>(path: string, ask: Ask<Answer>): Promise<Answered<Answer>> => {
    if (hung.has(path)) return Promise.resolve(HUNG);
    if (hung.size >= maxHung) {
      const verb = hung.size === 1 ? 'hangs' : 'hang';
      const problem = `is not asked while ${[...hung].join(' and ')} ${verb}`;
      return Promise.resolve({ outcome: 'unasked', problem });
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        hung.add(path);
        resolve(HUNG);
      }, withinMs);
      ask(path, (error, answer) => {
        clearTimeout(timer);
        hung.delete(path);
        resolve(error ? failed(error) : { outcome: 'answer', answer });
      });
    });
  };
}

const HUNG = { outcome: 'hung', problem: 'does not answer' } as const;

function failed({ code, message }: NodeJS.ErrnoException) {
  return { outcome: 'error', code, problem: `cannot be asked (${code ?? message})` } as const;
}
