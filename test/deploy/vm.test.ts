import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ROOT, readText } from './support.ts';

const SCRIPTS = ['priomon', 'fly-start', 'vm/install.sh', 'vm/uninstall.sh', 'vm/versions.sh'];
const UNIT = 'deploy/vm/priomon.service';

const run = (command: string, ...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd: ROOT, encoding: 'utf8' });
  return { status, out: `${stdout ?? ''}`, problem: `${stderr ?? ''}` };
};
const has = (command: string): boolean => run('sh', '-c', `command -v ${command}`).status === 0;
const install = (...words: string[]) => run('deploy/vm/install.sh', ...words);

describe('shell scripts', () => {
  it.each(SCRIPTS)('%s is what any POSIX shell reads', (name) => {
    expect(run('sh', '-n', `deploy/${name}`)).toEqual({ status: 0, out: '', problem: '' });
  });

  it('have nothing that shellcheck finds', ({ skip }) => {
    skip(!has('shellcheck'), 'shellcheck is not on this machine');
    const read = SCRIPTS.filter((name) => name !== 'vm/versions.sh');
    const files = read.map((name) => `deploy/${name}`);
    expect(run('shellcheck', '--external-sources', ...files).out).toBe('');
  });
});

describe('the unit', () => {
  beforeEach(({ skip }) => skip(!has('systemd-analyze'), 'systemd is not on this machine'));

  /** The program it starts is on no machine that only tests. */
  const unitHere = (text: string): string => {
    const folder = mkdtempSync(join(tmpdir(), 'priomon-unit-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'priomon.service');
    writeFileSync(path, text.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'));
    return path;
  };

  it('is understood by systemd, word by word', () => {
    const verify = (text: string) => run('systemd-analyze', 'verify', unitHere(text));
    expect(verify(readText(UNIT))).toEqual({ status: 0, out: '', problem: '' });
    const misspelled = verify(readText(UNIT).replace('ProtectClock', 'ProtectClok'));
    expect(misspelled.problem).toContain("'ProtectClok'");
  });

  it('is exposed to little: 1.5 at most of the 10 that systemd counts', () => {
    const words = ['security', '--offline=true', '--threshold=15', '--no-pager'];
    const { status, out } = run('systemd-analyze', ...words, unitHere(readText(UNIT)));
    expect(out).toContain('Overall exposure level');
    expect(status).toBe(0);
  });
});

describe('install.sh', () => {
  it('says what it can do', () => {
    const { status, out } = install('--help');
    expect(status).toBe(0);
    for (const option of ['--join', '--secret-file', '--rollback', '--version', '--dry-run']) {
      expect(out).toContain(option);
    }
  });

  it.each([
    [['--nonsense'], '--nonsense is no option.'],
    [['--join'], '--join needs a value.'],
    [['--join', 'ftp://x'], '--join is ftp://x, but must be a URL'],
    [['--join', 'http://a b'], '--join is http://a b, which no address or name looks like.'],
    [['--port', '70000'], '--port must be 1 to 65535.'],
  ])('refuses %j as a mistake of the user', (words, sentence) => {
    const { status, problem } = install(...words, '--dry-run');
    expect(status).toBe(2);
    expect(problem).toContain(sentence);
  });

  it('joins no cluster without its secret, and says where that is', () => {
    const { status, problem } = install('--join', 'http://10.0.0.1:4001', '--dry-run');
    expect(status).toBe(1);
    expect(problem).toContain('copy /etc/priomon/secret from one of its machines');
  });

  it('takes no secret that a node would not take', () => {
    const folder = mkdtempSync(join(tmpdir(), 'priomon-secret-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'secret');
    writeFileSync(file, 'short\n# sixteen-and-more-but-a-comment\n');
    const { problem } = install('--secret-file', file, '--dry-run');
    expect(problem).toContain('has no key in it: one a line, 16 to 256 characters.');
  });

  it('goes back to nothing that was not installed', () => {
    const { status, problem } = install('--version', '0.0.0-none', '--dry-run');
    expect(status).toBe(1);
    expect(problem).toContain('Version 0.0.0-none is not installed');
  });

  it('does nothing when it only says what it would do', () => {
    const places = ['/opt/priomon', '/etc/priomon', '/usr/local/bin/priomon'];
    const before = places.map((place) => existsSync(place));
    const { status, out } = install('--dry-run');
    expect(status).toBe(0);
    expect(out).toContain('would write: /etc/priomon/secret');
    expect(places.map((place) => existsSync(place))).toEqual(before);
  });
});
