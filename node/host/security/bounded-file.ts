// Reads a file that a setting names, and never more of it than such a file can have: the path may
// be that of a device without an end.

import { open } from 'node:fs/promises';

/** Rejects with the system's error. */
export async function readBounded(path: string, maxBytes: number): Promise<string> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(maxBytes), 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
