import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { codeIn, readPage, sectionOf, type Page } from './support/markdown.ts';
import { findAll, sources } from './support/sources.ts';

/** Words that look like codes where codes are made, and are none: kinds, statuses, types, errors of the API server. */
const notCodes: ReadonlySet<string> = new Set(
  (
    'True False Unknown Normal Warning Sign Approve Approved CheckIssuer Secret ConfigMap ExternalIssuer ExternalClusterIssuer CertificateRequest CertificateSigningRequest Finished Ed25519 NotFound Conflict Forbidden ' +
    'PemTooLarge PemTooManyBlocks PemMalformed ServiceAccount TokenRequest EdDSA Error HTTPParserError CommonName Duration ' +
    'Authorization BadConstraints Chain Expired Invalid KeyMismatch NoCertSign NoSubject NotCA NotPem PrivateKey Refused RestError ' +
    'Throttled Unauthorized Unavailable Unfit Unusable'
  ).split(' '),
);

/** The headings in backquotes of a section of the page, and what stands under each. */
function headingsOf({ name, text }: Page): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(/^(?=#{3,4} )/m)) {
    const [, heading] = /^#{3,4} `([^`]+)`\n/.exec(part) ?? [];
    if (heading === undefined) continue;
    assert.ok(!found.has(heading), `${name} has the heading ${heading} twice`);
    found.set(heading, part);
  }
  return found;
}

const page = await readPage('docs/troubleshooting.md');
const [codes, alerts, doctor, log] = ['## Codes', '## Alerts', '## What doctor says', '## Log messages'].map((heading) =>
  headingsOf(sectionOf(page, heading)),
) as [ReadonlyMap<string, string>, ReadonlyMap<string, string>, ReadonlyMap<string, string>, ReadonlyMap<string, string>];

/** Both ways: what the product gives has a heading, and no heading is of something that it does not give. */
function assertSame(documented: ReadonlyMap<string, string>, given: ReadonlyMap<string, string>): void {
  for (const [word, file] of given) {
    assert.ok(documented.has(word), `no heading for ${word} of ${file}; where it is no code, add it to notCodes of this test`);
  }
  for (const word of documented.keys()) assert.ok(given.has(word), `the heading ${word} speaks of what nothing gives`);
}

describe('docs/troubleshooting.md', () => {
  test('has a heading for each code that a status, an event or the log can show, and no other', async () => {
    const places = ['issuing', 'signers', 'x509', 'manager'].map((folder) => `src/${folder}/**/*.ts`);
    const found = findAll(await sources(...places, 'src/server/*.ts'), /'([A-Z]+[a-z]+[A-Za-z0-9]*|CA[A-Z][A-Za-z]+)'/g);
    assertSame(codes, new Map([...found].filter(([word]) => !notCodes.has(word))));
    for (const word of notCodes) assert.ok(found.has(word), `${word} is in notCodes and nowhere else`);
  });

  test('has a heading for each alert', async () => {
    const rules = await sources('charts/external-issuer/files/monitoring/alerts.yaml');
    const [file = '', text = ''] = [...rules].flat();
    const { groups } = parse(text) as { readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[] };
    assertSame(alerts, new Map(groups.flatMap((group) => group.rules.map((rule) => [rule.alert, file] as const))));
  });

  test('has a heading for each finding of doctor that is no code of a request or an issuer', async () => {
    const texts = await sources('src/cli/doctor/*.ts');
    const lines = new Map(
      [...texts].map(([name, text]) => [
        name,
        text
          .split('\n')
          .filter((line) => /\bcode\b/.test(line))
          .join('\n'),
      ]),
    );
    const written = [...findAll(lines, /'([A-Z][A-Za-z]+)'/g)];
    const ofWorkloads = [...findAll(lines, /\$\{workload\}([A-Z][A-Za-z]+)/g)];
    const made = ofWorkloads.flatMap(([end, file]) => ['Controller', 'Approver'].map((start) => [start + end, file] as const));
    assert.ok(written.length > 20 && made.length === 4, 'the codes are found');
    assertSame(doctor, new Map([...written, ...made].filter(([word]) => !notCodes.has(word) && !codes.has(word))));
  });

  test('has a heading for each warning and error of the log, and none for a message that is never logged', async () => {
    const texts = await sources('src/{kube,issuing,manager,server}/**/*.ts', 'src/cli/controller.ts');
    const call = (levels: string): RegExp =>
      new RegExp(String.raw`\blog(?:\.(?:${levels})|\[[^\]]+\])\([^;]*?'([^']+)',?\s*\)[;,]`, 'g');
    const loud = findAll(texts, call('warn|error|fatal'));
    assert.ok(loud.size > 5, 'the messages are found');
    for (const [message, file] of loud) assert.ok(log.has(message), `no heading for "${message}" of ${file}`);
    const all = findAll(texts, call('debug|info|warn|error|fatal'));
    for (const message of log.keys()) assert.ok(all.has(message), `"${message}" is never logged`);
  });

  test('says under each heading what to do', () => {
    for (const [word, text] of [codes, alerts, doctor, log].flatMap((part) => [...part])) {
      assert.match(text, /\n\n\*\*Do:\*\* \S/, `${word} does not say what to do`);
    }
  });

  test('names the headings of the four parts in its first table', () => {
    const [, first = ''] = /^# Troubleshooting\n([^]*?)^## /m.exec(page.text) ?? [];
    for (const anchor of ['#codes', '#alerts', '#what-doctor-says', '#log-messages'])
      assert.ok(first.includes(`(${anchor})`), anchor);
    assert.ok(codeIn(first).includes('external-issuer doctor'));
  });
});
