import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { parseConfigDocument, parseConfigValue } from '../../src/api/config-document.ts';
import { controllerNamespace, controllerServiceAccount, group, issuerKinds, version } from '../../src/api/group.ts';
import { parseIssuerSpec, type IssuerSettings } from '../../src/api/issuer-settings.ts';
import { issuerSpecSchema } from '../../src/api/issuer.ts';
import { defaultRbacOptions } from '../../src/api/rbac-rules.ts';
import { rbacYaml } from '../../src/api/rbac.ts';
import { unknownFields } from '../../src/lib/fields.ts';
import { ok } from '../../src/lib/result.ts';
import type { SignerDefinition } from '../../src/signers/definition.ts';
import { validatePkiConfig } from '../../src/signers/http-pki/config/validate.ts';
import { compilePlan } from '../../src/signers/http-pki/plan.ts';
import type { PkiConfig } from '../../src/signers/http-pki/schema/schema.ts';
import { anchorsOf, blocksOf, codeIn, linksOf, projectRoot, readPage, readPages } from './support/markdown.ts';
import { commandNamed } from './support/program.ts';
import { testSigners } from './support/signers.ts';

/** An object of Kubernetes, as far as it is looked at here. */
interface Manifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec?: {
    readonly signerType?: string;
    readonly configMapRef?: { readonly name?: string };
    readonly issuerRef?: { readonly group?: string; readonly kind?: string };
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly roleRef?: { readonly name: string };
  readonly subjects?: readonly object[];
}

/** As in a pod with workload identity. */
const env = { AZURE_TENANT_ID: 'tenant', AZURE_CLIENT_ID: 'client', AZURE_FEDERATED_TOKEN_FILE: '/var/run/token' };
const signers = testSigners({
  azure: { env, allowAmbient: false, disableChallengeVerification: false, developerLogin: false },
});
const schema = issuerSpecSchema(signers);
const kinds = issuerKinds.map(({ kind }) => kind as string);
const shippedRoles = objectsIn(rbacYaml(defaultRbacOptions)).map(({ metadata }) => metadata?.name);

function objectsIn(yaml: string): readonly Manifest[] {
  return parseAllDocuments(yaml).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS() as Manifest;
  });
}

/** Opens the signer of an issuer that refers to nothing: its schema does not say all that is wrong with a block. */
async function openProblems(
  { kind = '', metadata }: Manifest,
  { signerType, config, authSecret }: IssuerSettings,
): Promise<readonly string[]> {
  if (config.from !== 'spec' || authSecret !== undefined) return [];
  const definition = signers.find(({ type }) => type === signerType);
  if ((definition?.references?.(config.value) ?? []).length > 0) return [];
  const opened = await definition?.open({
    config: config.value,
    issuerUid: 'docs',
    issuer: { kind, name: 'docs', ...(metadata?.namespace === undefined ? {} : { namespace: metadata.namespace }) },
    references: new Map(),
    requestToken: async () => await Promise.resolve(ok({ token: 'docs', expiresAt: 0 })),
  });
  if (opened?.ok === true) await opened.value.close();
  return opened?.ok === false ? [opened.error.message] : [];
}

/** What is wrong with the ConfigMap of an issuer: its keys are documents, or settings of the signer. */
function configMapProblems(signer: SignerDefinition, data: Readonly<Record<string, string>>): readonly string[] {
  const bytes = Object.entries(data).map(([key, text]) => [key, Buffer.from(text)] as const);
  const flat = signer.readFlatConfigMap?.(new Map(bytes));
  const parsed =
    flat === undefined
      ? Object.entries(data).map(([key, text]) => parseConfigDocument(signer, text, key))
      : [flat.ok ? parseConfigValue(signer, flat.value, 'the ConfigMap') : flat];
  return parsed.flatMap((each) => (each.ok ? [] : [each.error]));
}

/** What is wrong with an object that the documentation shows; `others` stand in the same block or file. */
async function problemsOf(object: Manifest, others: readonly Manifest[]): Promise<readonly string[]> {
  const { apiVersion, kind = '', metadata, spec } = object;
  const problems: string[] = [];
  if (kinds.includes(kind)) {
    const parsed = parseIssuerSpec(spec, signers);
    if (apiVersion !== `${group}/${version}`) problems.push(`the apiVersion is ${apiVersion}`);
    problems.push(...(parsed.ok ? await openProblems(object, parsed.value) : [parsed.error]));
    problems.push(...unknownFields(schema, spec, 'spec'));
    const namespaced = issuerKinds.find((names) => names.kind === kind)?.namespaced;
    if ((metadata?.namespace !== undefined) !== namespaced) problems.push('the namespace does not fit the kind');
  }
  if (kind === 'ConfigMap') {
    const issuer = others.find((other) => kinds.includes(other.kind ?? ''))?.spec;
    const signer = signers.find(({ type }) => type === issuer?.signerType);
    // Others hold certificates.
    const isConfiguration = issuer?.configMapRef?.name === metadata?.name;
    if (signer !== undefined && isConfiguration) problems.push(...configMapProblems(signer, object.data ?? {}));
  }
  if (kind === 'RoleBinding') {
    const { roleRef, subjects } = object;
    const here = others.some((other) => other.kind === 'Role' && other.metadata?.name === roleRef?.name);
    if (!here && !shippedRoles.includes(roleRef?.name)) problems.push(`there is no role ${roleRef?.name}`);
    const subject = { kind: 'ServiceAccount', name: controllerServiceAccount, namespace: controllerNamespace };
    assert.deepEqual(subjects, [subject]);
  }
  const ref = spec?.issuerRef;
  if (ref !== undefined && (ref.group !== group || !kinds.includes(ref.kind ?? ''))) problems.push('issuerRef is not ours');
  return problems.map((problem) => `${kind} ${metadata?.name}: ${problem}`);
}

async function allProblems(objects: readonly Manifest[]): Promise<readonly string[]> {
  return (await Promise.all(objects.map((object) => problemsOf(object, objects)))).flat();
}

describe('the pages', () => {
  test('link to files and headings that are there', async () => {
    const pages = await readPages();
    const anchors = new Map(pages.map((page) => [page.name, anchorsOf(page)]));
    const links = pages.flatMap((page) => linksOf(page).map((link) => ({ from: page.name, link })));
    const dead = links.filter(({ from, link }) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? from : posix.join(posix.dirname(from), path);
      return !existsSync(new URL(target, projectRoot)) || (anchor !== undefined && anchors.get(target)?.has(anchor) !== true);
    });
    assert.ok(links.length > 20, 'links were found in the pages');
    assert.deepEqual(dead, []);
  });

  test('show objects that the API server and the controller accept', async () => {
    let count = 0;
    for (const page of await readPages()) {
      for (const block of blocksOf(page, 'yaml')) {
        const objects = objectsIn(block.text);
        count += objects.filter(({ kind = '' }) => kinds.includes(kind)).length;
        assert.deepEqual(await allProblems(objects), [], page.name);
      }
    }
    assert.ok(count > 4, 'issuers were found in the pages');
  });

  test('show configurations of a PKI that compile', async () => {
    const signer = signers.find(({ type }) => type === 'pki');
    let count = 0;
    for (const { text } of blocksOf(await readPage('docs/pki.md'), 'yaml')) {
      const block = parse(text) as Readonly<Record<string, unknown>>;
      if (signer === undefined || !Object.hasOwn(block, 'baseUrl')) continue;
      const config = parseConfigValue(signer, block, 'the page');
      assert.ok(config.ok, config.ok ? '' : config.error);
      const value = config.value as PkiConfig;
      assert.deepEqual(validatePkiConfig(value), { ok: true, value: undefined });
      const plan = compilePlan(value, { now: Date.now, mask: String });
      assert.ok(plan.ok, plan.ok ? '' : plan.error);
      count += 1;
    }
    assert.ok(count > 2, 'configurations were found in the page');
  });

  test('and so do the examples', async () => {
    let count = 0;
    for await (const name of glob('examples/**/*.yaml', { cwd: projectRoot })) {
      const objects = objectsIn(await readFile(new URL(name, projectRoot), 'utf8'));
      assert.deepEqual(await allProblems(objects), [], name);
      count += 1;
    }
    assert.ok(count > 10, 'examples were found');
  });
});

describe('the commands in the pages', () => {
  test('are shell that can be parsed', async () => {
    for (const page of await readPages()) {
      for (const { text } of blocksOf(page, 'sh')) {
        const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
        assert.equal(status, 0, `${page.name}: ${stderr}\n${text}`);
      }
    }
  });

  test('apply files that are there, or that they wrote', async () => {
    let count = 0;
    for (const page of await readPages()) {
      const blocks = blocksOf(page, 'sh').map(({ text }) => text);
      const lines = blocks.flatMap((text) => text.split('\n'));
      const written = new Set(blocks.flatMap((text) => [...text.matchAll(/ > (\S+)/g)].map(([, file]) => file)));
      for (const line of [...lines, ...codeIn(page.text)].filter((text) => /^kubectl (apply|create|delete)\b/.test(text))) {
        for (const [, file = ''] of line.matchAll(/ -f ([^\s<]+)/g)) {
          if (file === '-' || file === 'FILE' || written.has(file)) continue;
          assert.ok(existsSync(new URL(file, projectRoot)), `${page.name}: ${line}`);
          count += 1;
        }
      }
    }
    assert.ok(count > 3, 'files were found in the pages');
  });

  test('make targets that the Makefile has', async () => {
    const makefile = await readFile(new URL('Makefile', projectRoot), 'utf8');
    const targets = new Set([...makefile.matchAll(/^([a-z0-9-]+):/gm)].map(([, target]) => target));
    let count = 0;
    for (const page of await readPages()) {
      const code = [...blocksOf(page, 'sh').map(({ text }) => text), ...codeIn(page.text)].join('\n');
      for (const [, target] of code.matchAll(/^(?:[A-Z_]+=\S+ )*make ([a-z0-9-]+)/gm)) {
        assert.ok(targets.has(target), `${page.name}: the Makefile has no target ${target}`);
        count += 1;
      }
    }
    assert.ok(count > 5, 'targets were found in the pages');
  });

  test('give external-issuer only flags that it knows', async () => {
    let count = 0;
    for (const page of await readPages()) {
      const code = blocksOf(page, 'sh').map(({ text }) => text.replaceAll('\\\n', ' '));
      for (const [, name = '', rest = ''] of code.join('\n').matchAll(/\bbin\/external-issuer ([a-z]+)([^|>\n]*)/g)) {
        const command = commandNamed(name);
        const words = rest.split(/\s+/);
        const known = (command.commands.find((below) => words.includes(below.name())) ?? command).options.map(
          ({ long }) => long,
        );
        for (const [flag] of rest.matchAll(/(?<=\s)--[a-z-]+/g)) {
          assert.ok(known.includes(flag), `${page.name}: ${name}${rest} has no ${flag}`);
          count += 1;
        }
      }
    }
    assert.ok(count > 5, 'flags were found in the pages');
  });
});
