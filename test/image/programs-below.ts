import { open, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Where file systems of the kernel and of the pod are mounted. */
const mounts = new Set(['proc', 'sys', 'dev', 'var/run', 'run']);

/** Scripts and programs for Linux below a folder that may be executed; libraries are programs for the kernel too, and are left out. */
export async function programsBelow(root: string, folder = root): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const name = relative(root, path);
    if (entry.isDirectory() && !mounts.has(name)) found.push(...(await programsBelow(root, path)));
    else if (entry.isFile() && !/\.so(?:\.|$)/.test(entry.name) && (await isProgram(path))) found.push(name);
  }
  return found.toSorted();
}

async function isProgram(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { mode } = await file.stat();
    const start = Buffer.alloc(4);
    await file.read(start, 0, 4, 0);
    return (mode & 0o111) !== 0 || start.equals(Buffer.from('\u007fELF')) || start.subarray(0, 2).toString() === '#!';
  } finally {
    await file.close();
  }
}
