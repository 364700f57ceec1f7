// What is said of file systems that cannot be asked, and what a person can do about it. Pure.

import type { Answered } from '../asking.ts';

export type Failure = Exclude<Answered<unknown>, { readonly outcome: 'answer' }>;

const CHECK_DISK = 'look into the log of the kernel (dmesg) and check its disk';

/** A folder above that is closed to this user looks the same to it as the file system itself. */
const CLOSED =
  'let the user that runs this node pass the folders above it (setfacl -m u:USER:x FOLDER)';

/** `files` is put before every path: `/` when the node sees the machine's own tree. */
export function failureText(path: string, failure: Failure, files: string): string {
  return `${path} ${failure.problem}; ${fixFor(path, failure, files)}`;
}

function fixFor(path: string, failure: Failure, files: string): string {
  if (failure.outcome !== 'error') {
    if (failure.outcome === 'unasked') return 'mend those first';
    // Nobody can do without the root.
    const drop = `, or unmount it if it is not needed (umount -l ${path})`;
    return path === '/' ? CHECK_DISK : CHECK_DISK + drop;
  }
  switch (failure.code) {
    case 'EACCES':
    case 'EPERM':
      return CLOSED;
    case 'ENOENT':
    case 'ENOTDIR':
      return files === '/' ? 'its folder is gone: mount it elsewhere' : propagate(files);
    default:
      return CHECK_DISK;
  }
}

const propagate = (files: string): string =>
  `mount ${files} with propagation (docker run -v /:${files}:ro,rslave)`;

/** At its path lies another file system than the mount table has there. */
export const elsewhereText = (path: string, files: string): string =>
  files === '/'
    ? `${path} shows another file system than the mount table has there; look what is mounted ` +
      'over a folder above it (findmnt), and unmount that'
    : `${path} is not seen below ${files}, where another file system lies; ${propagate(files)}`;

export const hiddenText = (path: string): string =>
  `${path} is hidden by another mount on the same path; unmount the upper one (umount ${path}), ` +
  'or both';

export const lostText = (path: string): string =>
  `${path} was mounted for writing and is read-only now, as after an error; ${CHECK_DISK}`;
