import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** A folder that is gone when the test ends. */
export interface Folder {
  readonly path: string;
  /** Writes a file in it, executable where asked for, and returns its path. */
  write(name: string, content: string | Buffer, executable?: boolean): Promise<string>;
}

export function temporaryFolder(t: Pick<TestContext, 'after'>): Folder {
  const path = mkdtempSync(join(tmpdir(), 'kube-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    async write(name, content, executable = false) {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      if (executable) await chmod(file, 0o755);
      return file;
    },
  };
}
