import type { World } from '../test/e2e/support/world.ts';

/** Writes the API server has counted since it started, by what they were. */
export interface WriteCounts {
  readonly statusWrites: number;
  readonly events: number;
}

/** Reads the API server's own counters: they say what was really written, whoever believes what. */
export async function writeCounts({ plane }: World): Promise<WriteCounts> {
  const { stdout } = await plane.kubectl(['get', '--raw', '/metrics']);
  const lines = stdout.split('\n').filter((line) => line.startsWith('apiserver_request_total{'));
  const total = (...parts: readonly string[]): number =>
    lines
      .filter((line) => parts.every((part) => line.includes(part)) && /verb="(APPLY|PATCH|POST|PUT)"/.test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return {
    statusWrites: total('resource="certificaterequests"', 'subresource="status"'),
    events: total('group="events.k8s.io"', 'resource="events"'),
  };
}
