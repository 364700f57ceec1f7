// A container engine, podman, with a store of its own: nothing of the machine's images, networks
// and volumes is touched.

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Images stay there from one run to the next; deleting it costs minutes and nothing else. */
export const STORE = '/var/tmp/priomon-check';

const SETTINGS = `# Made by the checks of deploy/.
[containers]
# Below what a machine that may not raise limits has anyway.
default_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
[network]
network_backend = "netavark"
network_config_dir = "${STORE}/networks"
`;

export const SETTINGS_FILE = join(STORE, 'containers.conf');
const OPTIONS = ['--root', join(STORE, 'storage'), '--runroot', join(STORE, 'run')];

export interface Ran {
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  readonly problem: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end, whatever its exit code. */
export function run(command: string, words: readonly string[], options: RunOptions = {}) {
  return new Promise<Ran>((resolve, reject) => {
    const { cwd, env = process.env } = options;
    const settings = { cwd, env, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(command, words, settings, (error, out, problem) => {
      if (error !== null && typeof error.code === 'string') reject(error);
      else resolve({ code: child.exitCode ?? -1, out: out.trim(), problem: problem.trim() });
    });
    child.stdin?.end();
  });
}

/** The engine's settings, for those who call it by themselves, as podman-compose does. */
export function engineEnvironment(): NodeJS.ProcessEnv {
  mkdirSync(STORE, { recursive: true });
  writeFileSync(SETTINGS_FILE, SETTINGS);
  return { ...process.env, CONTAINERS_CONF: SETTINGS_FILE };
}

export const tryPodman = (words: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  run('podman', [...OPTIONS, ...words], { ...options, env: engineEnvironment() });

/** Standard output; rejects when the engine, or what it ran, failed. */
export async function podman(words: readonly string[], options: RunOptions = {}) {
  const { code, out, problem } = await tryPodman(words, options);
  if (code === 0) return out;
  throw new Error(`podman ${words.join(' ')} ended with ${code}: ${problem || out}`);
}

/** Words for a program that calls the engine on its own. */
export const engineOptions = (): readonly string[] => OPTIONS;

/** What runs, and what it kept; images stay. */
export async function removeAll(): Promise<void> {
  await tryPodman(['rm', '--all', '--force', '--time', '0']);
  await tryPodman(['pod', 'rm', '--all', '--force']);
  await tryPodman(['volume', 'rm', '--all', '--force']);
  await tryPodman(['network', 'prune', '--force']);
}

export const imageExists = async (name: string): Promise<boolean> =>
  (await tryPodman(['image', 'exists', name])).code === 0;

export const log = async (container: string): Promise<string> => {
  const { out, problem } = await tryPodman(['logs', container]);
  return `${out}\n${problem}`;
};

/** Address of a container in its first network. */
export async function addressOf(container: string): Promise<string> {
  const each = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}} {{end}}';
  const found = await podman(['inspect', '--format', each, container]);
  const [first] = found.split(/\s+/).filter((one) => one !== '' && one !== '<no');
  if (first === undefined) throw new Error(`${container} has no address`);
  return first.includes(':') ? `[${first}]` : first;
}
