// What YAML text itself can get wrong, and what it may leave out.

import { describe, expect, it, vi } from 'vitest';
import { type ConfigSources, loadConfig, resolveConfig } from '../../../node/config/load.ts';
import { readFileText } from '../../../node/config/sources/formats.ts';

const yaml = (text: string): ConfigSources => ({
  file: readFileText({ name: 'fleet.yaml', text }),
});

const messagesOf = (sources: ConfigSources): string[] => {
  const result = resolveConfig(sources);
  return result.isOk ? [] : result.problems.map(({ message }) => message);
};

describe('YAML', () => {
  it.each([
    ['round: [1', 'fleet.yaml line 1 is not valid YAML: '],
    ['a: 1\na: 2', 'fleet.yaml line 2 is not valid YAML: Map keys must be unique.'],
    ['round: 1s\n\tport: 1', 'fleet.yaml line 2 is not valid YAML: '],
    ['round: *none', 'fleet.yaml'],
    ['- 1\n- 2', 'fleet.yaml must hold settings, one "name: value" a line.'],
    ['hello', 'fleet.yaml must hold settings'],
    ['a: 1\n---\nb: 2', 'not valid YAML'],
    ['round: !!python/object:os.system 1', 'fleet.yaml line 1 is not valid YAML: '],
    ['['.repeat(30_000), 'fleet.yaml line 1 is not valid YAML: it is nested too deeply.'],
  ])('%# is refused in one sentence', (text, expected) => {
    const messages = messagesOf(yaml(text));
    expect(messages.length).toBeGreaterThan(0);
    expect(messages[0]).toContain(expected);
    for (const message of messages) expect(message).toMatch(/^[^\n]+\.$/);
  });

  it('aliases that multiply without end are refused', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}*a${i - 1}]`);
    const [message] = messagesOf(yaml(lines.join('\n')));
    expect(message).toContain('fleet.yaml cannot be read as YAML');
  });

  it('a key that is a list is no setting, and nothing of it is printed beside the sentence', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    try {
      expect(messagesOf(yaml('[]: 1s'))).toEqual([expect.stringContaining('[]')]);
      expect(warned).not.toHaveBeenCalled();
    } finally {
      warned.mockRestore();
    }
  });

  it('a file that is far too long is refused unread', () => {
    expect(messagesOf(yaml('#'.repeat(300_000))).join()).toContain('131072 at most');
  });

  it.each(['', '# only a comment', '---', 'metrics:\nstorage:\nlabels:', '\uFEFFround: 1s'])(
    '%j says nothing that differs from the defaults',
    (text) => {
      expect(loadConfig(yaml(text)).config).toEqual(loadConfig({}).config);
    },
  );

  it('a mistyped standard metric is doubted, not refused: it may be one of the user', () => {
    const { config, notes } = loadConfig(yaml('metrics: {memroy: {priority: 9}, queue: {}}'));
    expect(config.metrics.memroy).toEqual({ priority: 9 });
    expect(notes).toEqual([
      'metrics.memroy is no standard metric; if memory was meant, rename it.',
    ]);
  });
});
