import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { alertsFile } from '../../tools/prometheus.ts';
import { readPage } from '../../unit/support/markdown.ts';
import { findPromtool, type Promtool } from './promtool.ts';

const { text } = await readPage('docs/metrics.md');
const promtool = await findPromtool();

/** The one block of YAML on the page that has this key at its beginning; it may be a part of a list, and indented. */
function blockWith(key: string): object {
  const blocks = [...text.matchAll(/^ *```yaml\n([^]*?)^ *```$/gm)].map(([, body = '']) => body);
  const found = blocks.filter((body) => new RegExp(`^ *${key}:`, 'm').test(body.split('\n')[0] ?? ''));
  assert.equal(found.length, 1, `one block begins with ${key}`);
  return parse(found[0] ?? '') as object;
}

describe('the scrape configuration in docs/metrics.md', { skip: typeof promtool === 'string' ? promtool : false }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scrape-config-'));
    await copyFile(alertsFile, join(folder, 'alerts.yaml'));
  });
  after(async () => await rm(folder, { recursive: true }));

  interface Config {
    readonly scrape_configs: readonly { readonly kubernetes_sd_configs?: unknown }[];
  }

  /** Debian leaves the discovery in Kubernetes out of its Prometheus: promtool is shown a fixed target in its place. */
  async function checked(config: Config, more: object = {}): Promise<string> {
    const jobs = config.scrape_configs.map(({ kubernetes_sd_configs: found, ...job }) => {
      assert.ok(Array.isArray(found));
      return { ...job, static_configs: [{ targets: ['localhost:8080'] }], ...more };
    });
    await writeFile(join(folder, 'prometheus.yaml'), stringify({ ...config, scrape_configs: jobs }));
    const { code, stdout, stderr } = await (promtool as Promtool)([
      'check',
      'config',
      '--syntax-only',
      join(folder, 'prometheus.yaml'),
    ]);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  test('is one for Prometheus', async () => {
    assert.match(await checked(blockWith('rule_files') as Config), /SUCCESS/);
  });

  test('is one with what is added for the metrics over TLS', async () => {
    assert.match(await checked(blockWith('rule_files') as Config, blockWith('scheme')), /SUCCESS/);
  });
});
