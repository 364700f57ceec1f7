// A process inside a namespace that calls nodes for the test, which is outside: a line in is a URL,
// or a URL, a tab and a body to be posted; a line out is the status, a tab and the answer.

import { createInterface } from 'node:readline';

const LIMIT_MS = 2_000;

async function answerTo(line: string): Promise<string> {
  const [url = '', body] = line.split('\t');
  const token = process.env.PRIOMON_ADMIN_TOKEN ?? '';
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(LIMIT_MS);
  try {
    const response = await fetch(url, { signal, ...(body && { method: 'POST', headers, body }) });
    return `${response.status}\t${(await response.text()).replaceAll('\n', ' ')}`;
  } catch (error) {
    return `0\t${String(error)}`;
  }
}

// One at a time, so that answers come in the order of the questions.
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await answerTo(line)}\n`);
}
