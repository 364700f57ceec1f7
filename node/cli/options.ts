// The arguments of `nodes` and `node`: what they take, and what of it makes sense.

import type { Command } from 'commander';
import type { FlagValues } from '../config/sources/environment.ts';
import { integer } from '../config/values.ts';
import {
  addSettings,
  badUsage,
  checked,
  createCommand,
  nodeSettings,
  type Parsed,
  parseWith,
  quoted,
  settingsGiven,
} from './arguments.ts';

/** Node i of a local cluster listens i above it. */
export const DEFAULT_BASE_PORT = 4000;
const DEFAULT_COUNT = 20;
/** Each node is a process of some 90 MB; beyond this a machine measures only its own swapping. */
export const MAX_COUNT = 1_000;
const MAX_PORT = 65_535;

export interface NodesOptions {
  readonly count: number;
  /** Absent: a file's client_port, or else DEFAULT_BASE_PORT. */
  readonly basePort?: number;
  readonly config?: string;
  /** All nodes in one process, still over real HTTP. */
  readonly isInProcess: boolean;
  readonly isJson: boolean;
  readonly flags: FlagValues;
}

export interface NodeOptions {
  readonly config?: string;
  readonly flags: FlagValues;
}

const PRECEDENCE =
  'Flags win over PRIOMON_… variables (--max-round is PRIOMON_MAX_ROUND), those over the file.\n' +
  'Durations: 500ms, 2s, 5m, 24h; a plain number is seconds. Lists have commas, or repeat flags.';

/** What happens in the cluster is told by the command; its nodes tell what is wrong with them. */
export const NODES_DEFAULTS = { log_level: 'warn' };

/** A local cluster gives each node these itself. */
const OF_EACH_NODE = ['id', 'port', 'advertise', 'join'];

export function parseNodesArguments(argv: readonly string[]): Parsed<NodesOptions> {
  const command = createCommand({
    name: 'npm run nodes --',
    about: 'Starts a cluster of nodes on this machine; Ctrl-C lets them leave.',
    examples: [
      ['npm run nodes -- 20', 'twenty nodes n1 … n20 on the ports 4001 … 4020'],
      ['npm run nodes -- 5 --round 500ms --data ./data', 'faster rounds, and history is kept'],
      ['npm run nodes -- 3 --metrics cpu.priority=10', 'changes of cpu are pushed at once'],
      ['npm run nodes -- 10 --config config.ini', 'with the settings of a file'],
    ],
    remarks: PRECEDENCE,
  });
  command
    .argument('[count]', `how many nodes, 1 to ${MAX_COUNT} (default: ${DEFAULT_COUNT})`)
    .option('--base-port <n>', `Node i listens i above it (default: ${DEFAULT_BASE_PORT})`)
    .option('--config <file>', 'YAML, or a PrioMon config.ini')
    .option('--in-process', 'All nodes in one process')
    .option('--json', 'Lines of JSON instead of text');
  addSettings(command, nodeSettings(OF_EACH_NODE, NODES_DEFAULTS));
  return parseWith(command, argv, readNodes);
}

function readNodes(command: Command): NodesOptions {
  const given = command.opts();
  const count = readCount(command.args[0]);
  const basePort =
    given.basePort === undefined
      ? undefined
      : checked('--base-port', integer(1, MAX_PORT - 1), given.basePort);
  checkPorts(basePort ?? DEFAULT_BASE_PORT, count);
  return {
    count,
    ...(basePort !== undefined && { basePort }),
    ...configOf(given.config),
    isInProcess: given.inProcess === true,
    isJson: given.json === true,
    flags: settingsGiven(command, nodeSettings(OF_EACH_NODE)),
  };
}

function readCount(written = String(DEFAULT_COUNT)): number {
  const count = /^\d{1,9}$/.test(written) ? Number(written) : 0;
  if (count >= 1 && count <= MAX_COUNT) return count;
  throw badUsage(
    `The count of nodes is ${quoted(written)}, but must be a whole number from 1 to ` +
      `${MAX_COUNT}: each takes a process, some 90 MB and a port.`,
  );
}

/** Throws when the last node's port does not exist. */
export function checkPorts(basePort: number, count: number): void {
  if (basePort + count <= MAX_PORT) return;
  throw badUsage(
    `${count} nodes above base port ${basePort} would end at port ${basePort + count}, but ports ` +
      `end at ${MAX_PORT}: choose a base port of ${MAX_PORT - count} at most.`,
  );
}

/** `name` is how the user calls the command. */
export function parseNodeArguments(
  argv: readonly string[],
  name = 'npm run node',
): Parsed<NodeOptions> {
  const command = createCommand({
    name: `${name} --`,
    about: 'Runs one node; Ctrl-C lets it leave.',
    examples: [
      [name, 'the first node of a cluster, on 127.0.0.1:4001'],
      [`${name} -- --port 4002 --join http://127.0.0.1:4001`, 'a second one joins it'],
      [`${name} -- --config /etc/priomon.yaml`, 'with the settings of a file'],
      [`${name} -- --labels region=eu,rack=3 --data /var/lib/priomon`, 'labelled, kept'],
    ],
    remarks: PRECEDENCE,
  });
  command.option('--config <file>', 'YAML, a PrioMon config.ini, or a RAINBOW configuration');
  addSettings(command, nodeSettings([]));
  return parseWith(command, argv, () => ({
    ...configOf(command.opts().config),
    flags: settingsGiven(command, nodeSettings([])),
  }));
}

const configOf = (path: unknown): { config?: string } => {
  if (path === '') throw badUsage('--config is empty; name a file.');
  return typeof path === 'string' ? { config: path } : {};
};
