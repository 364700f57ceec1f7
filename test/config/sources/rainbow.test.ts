// The RAINBOW agent's configuration, as its README has it and as its code reads it.

import { describe, expect, it } from 'vitest';
import { loadConfig, resolveConfig } from '../../../node/config/load.ts';
import { readFileText } from '../../../node/config/sources/formats.ts';

// The tab before the dash is in the README, too.
const README_EXAMPLE = `
    node_id: raspberry_pi_4_in_region_3

    # configuration for probes
    sensing-units:
        general-periodicity: 5s
        DefaultMonitoring:
            periodicity: 4s
            # metric groups that the system will not start at all
            disabled-metric-groups:
                - "disk"
            metric-groups:
                - name: "memory"
                  periodicity: 15s
                - name: "cpu"
                  periodicity: 1s
        UserDefinedMetrics:
            periodicity: 5s
            sources:
            \t- "/rainbow-metrics/"

    # configuration for exporters
    dissemination-units:
         RestAPI:
             port: 4200
             path: /api/metrics
         RAINBOWStorage:
             hostname: ignite-server
             port: 50000
             delivery: push
             periodicity: 30s
             aggregation: no
`;

const load = (text: string) => loadConfig({ file: readFileText({ name: 'rainbow.yaml', text }) });

const messagesOf = (text: string): string[] => {
  const result = resolveConfig({ file: readFileText({ name: 'rainbow.yaml', text }) });
  return result.isOk ? [] : result.problems.map(({ message }) => message);
};

describe("the README's example", () => {
  const { config, notes } = load(README_EXAMPLE);

  it('sets id, port and sampling periods', () => {
    expect(config).toMatchObject({
      id: 'raspberry_pi_4_in_region_3',
      port: 4200,
      sampleMs: 4_000,
      metrics: { memory: { everyMs: 15_000 }, cpu: { everyMs: 1_000 } },
    });
  });

  it('does not run the probe of a disabled group', () => {
    expect(config.disabled).toEqual(['storage']);
  });

  it('names what has no counterpart', () => {
    expect(notes).toEqual([
      'rainbow.yaml: UserDefinedMetrics: applications send theirs with POST /metrics here.',
      'rainbow.yaml: RestAPI path: answers are at /state here.',
      'rainbow.yaml: RAINBOWStorage: the node keeps history itself, or at storage.url.',
    ]);
  });
});

describe('the spelling of its code', () => {
  it('underscores are read as hyphens', () => {
    const text = [
      'node_id: a',
      'sensing_units:',
      '  general_periodicity: 2',
      '  DefaultMonitoring:',
      '    disabled_metric_groups: [CPU]',
      'dissemination_units: {RestAPI: {port: 5000}}',
    ].join('\n');
    expect(load(text).config).toMatchObject({
      id: 'a',
      port: 5_000,
      sampleMs: 2_000,
      disabled: ['cpu'],
    });
  });

  it('an adaptive period becomes its minimum, and that is told', () => {
    const text = [
      'sensing-units:',
      '  general-periodicity: 9s',
      '  DefaultMonitoring:',
      '    periodicity: adaptive',
      '    minimum_periodicity: 3s',
      'adaptivity: {sensing: {}}',
    ].join('\n');
    const { config, notes } = load(text);
    expect(config.sampleMs).toBe(3_000);
    expect(notes.join('\n')).toMatch(/adaptivity has no counterpart[\s\S]|periodicity adaptive/);
    expect(notes).toHaveLength(2);
  });

  it('flags and variables win over it, as over any file', () => {
    const file = readFileText({ name: 'rainbow.yaml', text: README_EXAMPLE });
    expect(loadConfig({ file, flags: { id: 'b' } }).config.id).toBe('b');
  });
});

describe("the names of the agent's own code", () => {
  const text = [
    'node_id: a',
    'sensing-units:',
    '  general-periodicity: 2s',
    '  DefaultMonitoring: {periodicity: 3s}',
    '  ContainerMetrics: {periodicity: 5s, debug: true}',
    '  FileUserDefinedMetrics: {periodicity: 5s, sources: [/rainbow-metrics/]}',
    '  WebUserDefinedMetrics: {periodicity: 5s, sources: ["http://app:80/metrics"]}',
    'dissemination-units:',
    '  RestAPIExporter: {port: 4200, path: /api/metrics}',
    '  IgniteExporter: {hostname: ignite-server, port: 50000}',
    '  KafkaExporter: {brokers: "kafka:9092", topic: metrics}',
    '  APIcallExporter: {url: "http://sink", additional_params: {a: 1}}',
  ].join('\n');

  it('are read where there is a counterpart, and else told one by one', () => {
    const { config, notes } = load(text);
    expect(config).toMatchObject({ id: 'a', port: 4_200, sampleMs: 3_000 });
    expect(notes).toEqual([
      expect.stringContaining('FileUserDefinedMetrics: files are not read; applications send'),
      expect.stringContaining('WebUserDefinedMetrics: pages are not asked; applications send'),
      expect.stringContaining('ContainerMetrics: single containers are not measured'),
      expect.stringContaining('RestAPIExporter path: answers are at /state here.'),
      expect.stringContaining('IgniteExporter: the node keeps history itself'),
      expect.stringContaining('KafkaExporter: nothing is sent to Kafka'),
      expect.stringContaining('APIcallExporter: no other service is called'),
    ]);
  });

  it('each may be there without a word about itself', () => {
    const names = ['ContainerMetrics', 'FileUserDefinedMetrics', 'WebUserDefinedMetrics'];
    const units = names.map((name) => `  ${name}:`).join('\n');
    expect(load(`sensing-units:\n${units}`).notes).toHaveLength(names.length);
  });
});

describe('what is unknown or wrong is told, not skipped', () => {
  it.each([
    ['sensing-units: {}\nnode_idd: a', 'Unknown setting node_idd (rainbow.yaml line 2): did you'],
    ['sensing-units: {DefaultMonitorin: {}}', 'did you mean DefaultMonitoring?'],
    ['dissemination-units: {Kafka: {}}', 'Unknown setting dissemination-units.Kafka'],
    ['dissemination-units: {RestAPI: {prot: 1}}', 'did you mean port?'],
    ['dissemination-units: {RestAPI: {port: x}}', 'port is "x" (rainbow.yaml line 1, as port)'],
    ['sensing-units: {general-periodicity: soon}', 'sample is "soon" (rainbow.yaml line 1, as'],
    ['sensing-units: 5', 'sensing-units is 5 (rainbow.yaml line 1), but must be a group with'],
    [
      'sensing-units: {DefaultMonitoring: {disabled-metric-groups: [gpu]}}',
      'sensing-units.DefaultMonitoring.disabled-metric-groups.0 is "gpu" (rainbow.yaml line 1)',
    ],
    [
      'sensing-units: {DefaultMonitoring: {disabled-metric-groups: disk}}',
      'must be a list, one "- item" a line',
    ],
    ['sensing-units: {DefaultMonitoring: {metric-groups: [{periodicity: 1s}]}}', 'name is'],
    ['sensing-units: {DefaultMonitoring: {metric-groups: [5]}}', 'must be a group with name'],
  ])('%j', (text, expected) => {
    const messages = messagesOf(text);
    expect(messages.join('\n')).toContain(expected);
    for (const message of messages) expect(message).toMatch(/^[^\n]+[.?]$/);
  });
});
