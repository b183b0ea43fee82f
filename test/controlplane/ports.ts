import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/**
 * Finds free loopback ports. They lie below the ranges the kernels give to outgoing connections (Linux from 32768,
 * macOS from 49152), so none is lost to one while its server is restarted. Another process may still take one: whoever
 * starts a server on it tries again with others.
 * @throws when 200 ports in a row were taken.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries === 200) throw new Error('no free port between 20000 and 32000 on 127.0.0.1: is something using them all up?');
    const port = randomInt(20_000, 32_000);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}
