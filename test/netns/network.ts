// Hosts on one machine: each a network namespace with an address of its own, wired by veth pairs to
// a router in the middle that can be told to drop packets. Nothing of it outlives the test.

import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface Host {
  readonly namespace: string;
  /** From where questions come that no dropped packet concerns. */
  readonly router: string;
  readonly v4: string;
  readonly v6: string;
}

/** How packets are dropped; the second needs nothing beyond iproute2. */
export type Way = 'iptables' | 'ip rule';

export interface Network {
  readonly way: Way;
  /** With addresses of both families, or of IPv6 alone. */
  addHost(families?: 'both' | 'v6'): Promise<Host>;
  /** A host that nobody can call, behind a router that hides it; needs iptables. */
  addHiddenHost(): Promise<Host>;
  /** Packets from one host to another vanish, those of the way back do not. */
  drop(from: Host, to: Host): Promise<void>;
  heal(): Promise<void>;
  /** Takes a host's IPv4 address away and gives it another of the same network. */
  readdress(host: Host, last: number): Promise<Host>;
  /** Ends what still runs in the namespaces, and removes them. */
  close(): Promise<void>;
}

const run = promisify(execFile);
const COMMAND_LIMIT_MS = 5_000;
const PREFIX = 'priomon';

export const ip = async (...args: readonly string[]): Promise<string> =>
  (await run('ip', args, { timeout: COMMAND_LIMIT_MS })).stdout;

const inside = (namespace: string, ...command: readonly string[]): Promise<string> =>
  ip('netns', 'exec', namespace, ...command);

/** Several commands of `ip` in one namespace. */
async function setUp(namespace: string, commands: readonly string[]): Promise<void> {
  for (const command of commands) await ip('-n', namespace, ...command.split(' '));
}

/** A switch of the kernel that each namespace has for itself. */
const turnOn = (namespace: string, path: string): Promise<string> =>
  inside(namespace, 'sh', '-c', `echo 1 > /proc/sys/net/${path}`);

/** Why there can be no namespaces here; undefined: there can. */
export async function whyNoNetworks(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `${process.platform} has no network namespaces`;
  if (process.getuid?.() !== 0) return 'only root may make network namespaces';
  const namespace = `${PREFIX}-${process.pid}-try`;
  try {
    await ip('netns', 'add', namespace);
    await wire(namespace, namespace, 'port');
    return undefined;
  } catch (error) {
    return `\`ip\` cannot make them: ${String(error).split('\n').at(-2) ?? String(error)}`;
  } finally {
    await ip('netns', 'del', namespace).catch(() => {});
  }
}

export async function findWay(): Promise<Way> {
  try {
    await run('iptables', ['--version'], { timeout: COMMAND_LIMIT_MS });
    return 'iptables';
  } catch {
    return 'ip rule';
  }
}

let networks = 0;

export async function createNetwork(way: Way): Promise<Network> {
  await sweep();
  const name = `${PREFIX}-${process.pid}-${++networks}`;
  const router = `${name}-router`;
  const namespaces: string[] = [];
  const dropped: string[][] = [];
  let hosts = 0;

  const addNamespace = async (namespace: string): Promise<void> => {
    await ip('netns', 'add', namespace);
    namespaces.push(namespace);
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
  };
  const addRouter = async (namespace: string): Promise<void> => {
    await addNamespace(namespace);
    await turnOn(namespace, 'ipv4/ip_forward');
    await turnOn(namespace, 'ipv6/conf/all/forwarding');
  };
  /** A namespace with `eth0`, whose other end is in the router. */
  const attach = async (families: 'both' | 'v6', kind: 'host' | 'router'): Promise<Host> => {
    const at = ++hosts;
    const namespace = `${name}-${at}`;
    await (kind === 'host' ? addNamespace : addRouter)(namespace);
    await wire(namespace, router, `port${at}`);
    const v4 = families === 'both' ? `10.77.${at}` : '';
    await connect(namespace, 'eth0', router, `port${at}`, { v4, v6: `fd77:0:0:${at}` });
    return { namespace, router, v4: v4 && `${v4}.2`, v6: `fd77:0:0:${at}::2` };
  };

  await addRouter(router);
  return {
    way,
    addHost: (families = 'both') => attach(families, 'host'),
    async addHiddenHost() {
      const home = (await attach('both', 'router')).namespace;
      const namespace = `${name}-${++hosts}`;
      await addNamespace(namespace);
      await wire(namespace, home, 'lan');
      await connect(namespace, 'eth0', home, 'lan', { v4: '192.168.77', v6: '' });
      await inside(
        home,
        'iptables',
        '-t',
        'nat',
        '-A',
        'POSTROUTING',
        '-o',
        'eth0',
        '-j',
        'MASQUERADE',
      );
      return { namespace, router, v4: '192.168.77.2', v6: '' };
    },
    async drop(from, to) {
      const rule =
        way === 'iptables'
          ? ['iptables', '-I', 'FORWARD', '-s', from.v4, '-d', to.v4, '-j', 'DROP']
          : ['ip', 'rule', 'add', 'from', from.v4, 'to', to.v4, 'blackhole'];
      await inside(router, ...rule);
      dropped.push(rule);
    },
    async heal() {
      const undo = { '-I': '-D', add: 'del' } as const;
      for (const rule of dropped.splice(0)) {
        await inside(router, ...rule.map((word) => undo[word as keyof typeof undo] ?? word));
      }
    },
    async readdress(host, last) {
      const v4 = host.v4.replace(/\d+$/, String(last));
      const gateway = host.v4.replace(/\d+$/, '1');
      await setUp(host.namespace, [
        `addr del ${host.v4}/24 dev eth0`,
        `addr add ${v4}/24 dev eth0`,
        `route add default via ${gateway}`,
      ]);
      return { ...host, v4 };
    },
    async close() {
      for (const namespace of namespaces.splice(0).toReversed()) await remove(namespace);
    },
  };
}

/** A cable: `eth0` of one namespace, a port of the other. */
const wire = (namespace: string, other: string, port: string): Promise<string> =>
  ip(
    ...['link', 'add', 'name', 'eth0', 'netns', namespace],
    ...['type', 'veth', 'peer', 'name', port, 'netns', other],
  );

/** Gives both ends addresses, `.2` and `.1`, and one the other as its way to everywhere. */
async function connect(
  namespace: string,
  device: string,
  other: string,
  port: string,
  { v4, v6 }: { readonly v4: string; readonly v6: string },
): Promise<void> {
  const addresses = (last: number, at: string): string[] => [
    ...(v4 === '' ? [] : [`addr add ${v4}.${last}/24 dev ${at}`]),
    // Nobody else can have it, so that nobody has to be asked.
    ...(v6 === '' ? [] : [`addr add ${v6}::${last}/64 dev ${at} nodad`]),
    `link set ${at} up`,
  ];
  await setUp(other, addresses(1, port));
  await setUp(namespace, [
    ...addresses(2, device),
    ...(v4 === '' ? [] : [`route add default via ${v4}.1`]),
    ...(v6 === '' ? [] : [`-6 route add default via ${v6}::1`]),
  ]);
}

/** Whatever runs in a namespace of ours is ours. */
async function remove(namespace: string): Promise<void> {
  const pids = await ip('netns', 'pids', namespace).catch(() => '');
  for (const pid of pids.split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
  await ip('netns', 'del', namespace).catch(() => {});
}

/** Removes what a test left behind whose process was killed. */
async function sweep(): Promise<void> {
  const names = await readdir('/run/netns').catch(() => []);
  for (const name of names) {
    const [, pid] = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) await remove(name);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
