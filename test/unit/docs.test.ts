import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { approverElectionRules, builtInApproverRules } from '../../src/api/approver-rules.ts';
import { csrApproverRules, csrRequesterRules, referenceRules } from '../../src/api/people-rules.ts';
import {
  approverRules,
  controllerRules,
  editRules,
  leaderElectionRules,
  refsRules,
  viewRules,
  type RbacRule,
} from '../../src/api/rbac-rules.ts';
import { createApproverMetrics } from '../../src/server/approver-metrics.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { codeIn, projectRoot, readPage, readPages, rowsOf, sectionOf } from './support/markdown.ts';
import { commandNamed } from './support/program.ts';

/** The texts of the files of src/ that match, by their names. */
async function sources(...patterns: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for await (const name of glob(patterns, { cwd: projectRoot })) {
    texts.set(name, await readFile(new URL(name, projectRoot), 'utf8'));
  }
  assert.ok(texts.size > 0, `there are files ${patterns.join(', ')}`);
  return texts;
}

/** What a pattern's first group finds in files, with a file it was found in. */
function findAll(texts: ReadonlyMap<string, string>, pattern: RegExp): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, text] of texts) for (const [, word = ''] of text.matchAll(pattern)) found.set(word, name);
  return found;
}

function sorted(words: Iterable<string>): readonly string[] {
  return [...new Set(words)].toSorted();
}

describe('docs/metrics.md', () => {
  const about = {
    version: '1',
    nodeVersion: 'v1',
    queues: () => [],
    isLeader: () => true,
    unfinishedRequests: () => [],
    inFlight: () => 0,
  };
  const metrics = [createMetrics(about), createApproverMetrics(about)].flatMap(({ registry }) => registry.getMetricsAsArray());
  const byName = new Map(metrics.map((metric) => [metric.name, metric]));
  const own = [...byName.values()].filter(({ name }) => name.startsWith('external_issuer_'));

  test('has a row for each metric and no other, with its type and labels', async () => {
    const rows = rowsOf(await readPage('docs/metrics.md')).filter(([name = '']) => name.startsWith('`external_issuer_'));
    const documented = rows.map(([name = '', type = '', labels = '']) => `${codeIn(name)[0]} ${type} ${codeIn(labels).join()}`);
    // The types of prom-client leave out what every metric has.
    const labelsOf = (metric: object): string => (metric as { labelNames: string[] }).labelNames.join();
    const actual = own.map((metric) => `${metric.name} ${metric.type} ${labelsOf(metric)}`);
    assert.deepEqual(sorted(documented), sorted(actual));
    assert.equal(documented.length, actual.length, 'one row each');
  });

  test('and every other page name only metrics that exist', async () => {
    const series = own.flatMap(({ name, type }) =>
      String(type) === 'histogram' ? ['', '_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
    );
    for (const { name, text } of await readPages()) {
      for (const [word] of text.matchAll(/\bexternal_issuer_[a-z_]*[a-z]\b/g)) {
        assert.ok(series.includes(word), `${name} names the metric ${word}, which does not exist`);
      }
    }
  });
});

describe('the flags', () => {
  for (const [command, name] of [
    ['controller', 'docs/controller.md'],
    ['approver', 'docs/approval.md'],
    ['mockca', 'docs/mockca-server.md'],
  ] as const) {
    test(`of ${command} are those in the tables of ${name}`, async () => {
      const cells = rowsOf(await readPage(name)).map(([first = '']) => first);
      const documented = cells.flatMap((cell) => codeIn(cell)).filter((code) => code.startsWith('--'));
      const flags = commandNamed(command).options.map(({ long }) => long ?? '');
      assert.deepEqual(sorted(documented.map((flag) => flag.replace(/=.*/, ''))), sorted(flags));
    });
  }

  test('of controller have the defaults that docs/controller.md says', async () => {
    const rows = new Map(rowsOf(await readPage('docs/controller.md')).map(([flag = '', value = '']) => [flag, value]));
    for (const { long, defaultValue } of commandNamed('controller').options) {
      if (defaultValue !== undefined) assert.equal(rows.get(`\`${long}\``), `\`${String(defaultValue)}\``, long);
    }
  });

  test('have the variables that docs/controller.md names', async () => {
    const { text } = await readPage('docs/controller.md');
    const variables = commandNamed('controller').options.map((option) => option.name().replaceAll('-', '_').toUpperCase());
    const named = [...text.matchAll(/\bEXTERNAL_ISSUER_([A-Z_]*[A-Z])\b/g)].map(([, variable = '']) => variable);
    assert.ok(named.length > 0);
    for (const variable of named) assert.ok(variables.includes(variable), variable);
  });
});

describe('the rights in docs/controller.md', () => {
  const roles: readonly (readonly [string, readonly RbacRule[]])[] = [
    ['`external-issuer-controller-role`', controllerRules],
    ['`external-issuer-leader-election`', leaderElectionRules],
    ['`external-issuer-refs`, `external-issuer-refs-reader`', refsRules],
    ['`cert-manager-controller-approve:external-issuer-io`', approverRules],
    ['`external-issuer-approver-role`', builtInApproverRules],
    ['`external-issuer-approver-leader-election`', approverElectionRules],
    ['`external-issuer-csr-approver`', csrApproverRules],
    ['`external-issuer-csr-requester`', csrRequesterRules],
    ['`external-issuer-reference`', referenceRules],
    ['`external-issuer-view`', viewRules],
    ['`external-issuer-edit`', editRules],
  ];
  const inCode = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');

  test('are those of src/api/rbac-rules.ts', async () => {
    const rows = rowsOf(sectionOf(await readPage('docs/controller.md'), '## Rights')).filter((row) => row.length === 5);
    const actual = roles.flatMap(([role, rules]) =>
      rules.map(({ apiGroups, resources, resourceNames, verbs, reason }) => {
        const names = resourceNames === undefined ? '' : ` named ${inCode(resourceNames)}`;
        const groups = apiGroups.map((group) => (group === '' ? 'core' : `\`${group}\``));
        return [role, groups.join(', '), inCode(resources) + names, verbs.join(', '), reason];
      }),
    );
    assert.deepEqual(rows, actual);
  });
});

/** Words that look like codes where codes are made, and are none: kinds, statuses, types, errors of the API server. */
const notCodes: ReadonlySet<string> = new Set(
  (
    'True False Unknown Normal Warning Sign Approve Approved CheckIssuer Secret ConfigMap ExternalIssuer ExternalClusterIssuer CertificateRequest CertificateSigningRequest Finished Ed25519 NotFound Conflict Forbidden ' +
    'PemTooLarge PemTooManyBlocks PemMalformed ServiceAccount TokenRequest EdDSA Error HTTPParserError CommonName Duration ' +
    'Authorization BadConstraints Chain Expired Invalid KeyMismatch NoCertSign NoSubject NotCA NotPem PrivateKey Refused RestError ' +
    'Throttled Unauthorized Unavailable Unfit Unusable'
  ).split(' '),
);

describe('docs/troubleshooting.md', () => {
  test('has a row for each code that a status, an event or the log can show, and no other', async () => {
    const places = ['issuing', 'signers', 'x509', 'manager'].map((folder) => `src/${folder}/**/*.ts`);
    const found = findAll(await sources(...places), /'([A-Z]+[a-z]+[A-Za-z0-9]*|CA[A-Z][A-Za-z]+)'/g);
    const codes = [...found].filter(([word]) => !notCodes.has(word));
    const rows = rowsOf(sectionOf(await readPage('docs/troubleshooting.md'), '## Codes'));
    const documented = new Set(rows.map(([first = '']) => first.replaceAll('`', '')));
    for (const [code, file] of codes) {
      assert.ok(documented.has(code), `no row for ${code} of ${file}; where it is no code, add it to notCodes of this test`);
    }
    for (const code of documented) assert.ok(found.has(code), `the row for ${code} speaks of a code that nothing gives`);
    for (const word of notCodes) assert.ok(found.has(word), `${word} is in notCodes and nowhere else`);
  });

  test('has a row for each warning and error of the log, and none for a message that is never logged', async () => {
    const texts = await sources('src/{kube,issuing,manager,server}/**/*.ts', 'src/cli/controller.ts');
    const call = (levels: string): RegExp =>
      new RegExp(String.raw`\blog(?:\.(?:${levels})|\[[^\]]+\])\([^;]*?'([^']+)',?\s*\)[;,]`, 'g');
    const rows = rowsOf(sectionOf(await readPage('docs/troubleshooting.md'), '## Log messages'));
    const documented = sorted(rows.map(([first = '']) => first.replaceAll('`', '')));
    const loud = findAll(texts, call('warn|error|fatal'));
    assert.ok(loud.size > 5, 'the messages are found');
    for (const [message, file] of loud) assert.ok(documented.includes(message), `no row for "${message}" of ${file}`);
    const all = findAll(texts, call('debug|info|warn|error|fatal'));
    for (const message of documented) assert.ok(all.has(message), `"${message}" is never logged`);
  });
});

describe('docs/mockca-server.md', () => {
  test('has a row for each code that the server answers, and no other', async () => {
    const found = findAll(await sources('src/mockca/*.ts'), /'([A-Z]+(?:_[A-Z]+)+|UNAUTHORIZED)'/g);
    const rows = rowsOf(sectionOf(await readPage('docs/mockca-server.md'), '### Errors'));
    assert.deepEqual(sorted(rows.map(([, code = '']) => code.replaceAll('`', ''))), sorted(found.keys()));
  });
});
