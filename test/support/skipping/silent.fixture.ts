// A test that is skipped without a word, beside one that runs. Run by skipped.test.ts.

import { it } from 'vitest';

it('without a word', ({ skip }) => skip());
it('that runs', () => {});
