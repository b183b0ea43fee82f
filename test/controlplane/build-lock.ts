import { rmSync } from 'node:fs';
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessGroup } from './processes.ts';

const heartbeatMs = 2000;
const staleMs = 20_000;

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Sets a lock aside whose owner has stopped touching it; false while it lives. */
async function breakIfStale(file: string): Promise<void> {
  try {
    if (Date.now() - (await stat(file)).mtimeMs < staleMs) return;
    const aside = `${file}.stale-${process.pid}`;
    await rename(file, aside);
    await rm(aside, { force: true });
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/**
 * Runs `action` while holding a lock file that other processes wait for. The owner touches it every 2 s; one that was
 * not touched for 20 s is taken over. Should two ever hold it, both do the same work, so nothing but time is lost.
 * @param waiting is called once when another process holds the lock.
 */
export async function withLock<T>(
  file: string,
  group: ProcessGroup,
  waiting: () => void,
  action: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  let told = false;
  while (!(await take(file))) {
    if (!told) waiting();
    told = true;
    await breakIfStale(file);
    await delay(500);
  }
  const forget = group.onExit(() => rmSync(file, { force: true }));
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, heartbeatMs);
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    forget();
    await rm(file, { force: true });
  }
}
