// Whether the node of this machine or container lives: asks /livez, exit code 0 or 1. Runs every
// few seconds beside the node, so it is small, and in JavaScript, which need not be stripped.
//
//   node node/runtime/health.mjs [http://127.0.0.1:4001 or 127.0.0.1:4001]

import { get } from 'node:http';
import { get as getSecurely } from 'node:https';

const ANSWER_WITHIN_MS = 3_000;

/** As the node's own variables say it; a node with a file of settings is asked by URL. */
function address() {
  const { PRIOMON_LISTEN, PRIOMON_PORT, PRIOMON_BASE_PATH, PRIOMON_TLS_CERT } = process.env;
  const isAny = /^(0\.0\.0\.0|\[?::\]?|localhost|)$/.test(PRIOMON_LISTEN ?? '');
  const host = isAny ? '127.0.0.1' : PRIOMON_LISTEN;
  const bracketed = /^[^[].*:/.test(host) ? `[${host}]` : host;
  const base = (PRIOMON_BASE_PATH ?? '').replace(/\/+$/, '');
  return `${PRIOMON_TLS_CERT ? 'https' : 'http'}://${bracketed}:${PRIOMON_PORT || 4001}${base}`;
}

function end(problem) {
  if (problem !== undefined) process.stderr.write(`${problem}\n`);
  process.exit(problem === undefined ? 0 : 1);
}

/** As commands take it: a URL, or `host:port` for http. */
const given = process.argv[2]?.replace(/\/+$/, '').replace(/^(?!\w+:\/\/)/, 'http://');
const url = `${given ?? address()}/livez`;
// The certificate is for the name that peers call, not for loopback.
const options = { timeout: ANSWER_WITHIN_MS, rejectUnauthorized: false };
(url.startsWith('https:') ? getSecurely : get)(url, options, ({ statusCode }) => {
  end(statusCode === 200 ? undefined : `${url} answers ${statusCode}.`);
})
  .on('timeout', () => end(`${url} does not answer within ${ANSWER_WITHIN_MS / 1_000} s.`))
  .on('error', ({ message }) => end(`${url} cannot be asked: ${message}`));
