// Measures the bundled controller on a real API server, with cert-manager stopped: prints a table, writes JSON.
// `node bench/main.ts [--backlog 2000] [--finished 10000] [--latency-seconds 30] [--only key-vault]`
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openWorld } from '../test/e2e/support/world.ts';
import type { RestResult } from './controller.ts';
import { observe, type Observer } from './observer.ts';
import { keyVaultRowsOf } from './report-key-vault.ts';
import { rowsOf, type Results } from './report.ts';
import { benchIssuer, benchNamespace, makeCsr } from './requests.ts';
import { backlog } from './scenarios/backlog.ts';
import { addFinished, atRest } from './scenarios/finished.ts';
import { atRestWithKeyVault, keyVault, type KeyVaultResult } from './scenarios/key-vault.ts';
import { latency } from './scenarios/latency.ts';
import { pki } from './scenarios/pki.ts';
import { rawWrites } from './scenarios/raw-writes.ts';
import { type Row, tableOf } from './table.ts';
import { startBenchVault } from './vault.ts';

const { values } = parseArgs({
  options: {
    backlog: { type: 'string', default: '2000' },
    finished: { type: 'string', default: '10000' },
    'latency-seconds': { type: 'string', default: '30' },
    only: { type: 'string' },
  },
});
const [backlogSize, finishedSize, seconds] = [
  Number(values.backlog),
  Number(values.finished),
  Number(values['latency-seconds']),
];
const perSecond = 20;
const root = fileURLToPath(new URL('..', import.meta.url));
const options = { backlog: backlogSize, perSecond, seconds };
const say = (text: string): void => void process.stderr.write(`${text}\n`);

execFileSync(process.execPath, ['scripts/bundle.ts'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
const csr = makeCsr();
const world = await openWorld({ auditLog: false });
const vault = await startBenchVault();
try {
  await world.plane.stopCertManager();
  await world.apply(`apiVersion: v1
kind: Namespace
metadata: { name: ${benchNamespace} }
---
apiVersion: external-issuer.io/v1alpha1
kind: ExternalClusterIssuer
metadata: { name: ${benchIssuer} }
spec: { signerType: mockca, mockCa: { keyAlgorithm: ECDSA } }
`);
  say('memory at rest, empty cluster …');
  const restEmpty = await atRest(world);
  say('memory at rest with a key in a vault …');
  const restKeyVault = await atRestWithKeyVault(world, vault);
  // Before the raw writes: the watch that sees the certificates costs the API server the same in both.
  const observer = await observe(world.admin);
  const rows =
    values.only === 'key-vault'
      ? keyVaultRowsOf(await measureKeyVault(observer), restKeyVault, restEmpty)
      : await measureAll(observer, restEmpty, restKeyVault);
  await observer.close();
  process.stdout.write(`${tableOf(rows)}\n`);
  if (rows.some(({ holds }) => holds === false)) process.exitCode = 1;
} finally {
  await world.close();
  await vault.close();
}

async function measureKeyVault(observer: Observer): Promise<KeyVaultResult> {
  say(`keys in a vault, ${backlogSize} requests …`);
  return await keyVault(world, observer, csr, { vault, ...options });
}

/** All of it, which is written as JSON too. */
async function measureAll(observer: Observer, restEmpty: RestResult, restKeyVault: RestResult): Promise<readonly Row[]> {
  say('raw status writes …');
  const { writesPerSecond } = await rawWrites(world, csr, 1000);
  say(`backlog of ${backlogSize} …`);
  const drained = await backlog(world, observer, csr, backlogSize);
  say(`latency at ${perSecond}/s …`);
  const measuredLatency = await latency(world, observer, csr, { perSecond, count: perSecond * seconds });
  await drained.controller.end();
  say(`a CA over HTTPS, ${backlogSize} requests, then beside a CA that hangs …`);
  const measuredPki = await pki(world, observer, csr, options);
  const measuredKeyVault = await measureKeyVault(observer);
  say(`memory with ${finishedSize} finished requests …`);
  await addFinished(world, csr, observer.readyCount, finishedSize);
  const restFinished = { ...(await atRest(world)), finished: finishedSize };

  const results: Results = {
    date: new Date().toISOString(),
    node: process.version,
    cpus: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    rawWritesPerSecond: writesPerSecond,
    backlog: drained.result,
    latency: measuredLatency,
    pki: measuredPki,
    keyVault: measuredKeyVault,
    restEmpty,
    restKeyVault,
    restFinished,
  };
  mkdirSync(`${root}/bench/results`, { recursive: true });
  writeFileSync(`${root}/bench/results/latest.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  say('As JSON: bench/results/latest.json');
  return rowsOf(results);
}
