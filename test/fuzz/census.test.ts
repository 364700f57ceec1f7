// No parser is forgotten: what its name says it is has a target, or stands below with the reason.

import { expect, it } from 'vitest';
import { readSources } from '../tidy/source.ts';

/** Reads what comes from outside, by the words of this project. */
const PARSER = /^(parse|decode|read)[A-Z]/;

const ELSEWHERE: Readonly<Record<string, string>> = {
  // Files and sockets around a parser that has a target.
  readConfig: 'a file for resolveConfig',
  readConfigFile: 'a file for resolveConfig',
  readNodesConfig: 'a file for resolveConfig',
  readExperimentFile: 'a file for loadExperiment',
  readBounded: 'bytes of a file',
  readSecretFile: 'a file; test/host/security/secrets.test.ts has its lines',
  readCredentials: "files; the runtime's own reader of certificates decides",
  readAuthority: "files; the runtime's own reader of certificates decides",
  readValidity: "a socket; the runtime's own reader of certificates decides",
  readMounts: 'a file for parseMounts',
  readLines: 'a file for parsers of lines',
  readHistory: 'rows of a query that the target for questions asks',
  readWaiting: 'rows for decodeSamples and decodeEvents',
  readPages: 'answers of a node, which is believed',
  readText: 'bytes of an answer',
  readVersion: 'an update of SQL',
  readClock: "the node's own clock",
  parseWith: 'what every reader of arguments is made of',
  parseCount: 'a number of a text of the kernel',
  // Parts of a parser that has a target.
  readDelta: 'UserMetrics and resolveConfig',
  readEnvironment: 'resolveConfig',
  readFlags: 'resolveConfig',
  readIni: 'resolveConfig',
  readIniLines: 'resolveConfig',
  readYaml: 'resolveConfig',
  readRainbow: 'resolveConfig',
  readFileText: 'resolveConfig',
  decodeRow: 'decodeCells',
  decodeSeries: 'decodeSamples',
  readFacts: 'what a view holds is decoded already',
  readBuckets: 'readHistory',
  readRaw: 'readHistory',
  readParts: 'readHistory',
  readLives: 'readHistory',
  readFirstRows: 'readHistory',
  readPieces: 'readHistory',
  readLatest: 'readHistory',
  parseMount: 'parseMounts',
};

const EXPORTED = /^export (?:async )?(?:function|const) (\w+)/gm;

it('each parser of the product has a target, or a reason to have none', () => {
  const textOf = (below: string): string =>
    readSources()
      .filter(({ path }) => path.startsWith(below) && !path.endsWith('census.test.ts'))
      .map(({ text }) => text)
      .join('\n');
  const named = new Set(textOf('test/fuzz/').match(/\w+/g));
  const exported = Array.from(textOf('node/').matchAll(EXPORTED), ([, name = '']) => name);
  const parsers = exported.filter((name) => PARSER.test(name));
  expect(parsers.length).toBeGreaterThan(40);
  const reasons = Object.keys(ELSEWHERE);
  expect(parsers.filter((name) => !named.has(name) && !reasons.includes(name))).toEqual([]);
  expect(reasons.filter((name) => !parsers.includes(name))).toEqual([]);
});
