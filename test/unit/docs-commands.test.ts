import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { type Page, projectRoot, readPage, readPages } from './support/markdown.ts';
import { commandNamed } from './support/program.ts';
import { commandsOf, type ShellCommand } from './support/shell-commands.ts';

/** Programs that the pages tell people to run, besides those of the tree. */
const programs = new Set(
  (
    'age awk az base64 basename bin/external-issuer break cat cd cksum cmctl cp crane curl cut date docker echo exit export external-issuer false ' +
    'gh git go grep grype head helm jq kubectl ls make mkdir mv node npm npx openssl podman printf python3 read rm sed sha256sum skopeo sleep sops sort ' +
    'tail tar tee test tr trivy true velero wc xargs'
  ).split(' '),
);
/** The subcommands of programs, as far as the pages need them; a misspelt one is not among them. */
const subcommands: Readonly<Record<string, readonly string[]>> = {
  kubectl:
    'annotate api-resources apply auth certificate cluster-info config create delete describe diff drain edit events exec explain expose external-issuer get kustomize label logs patch port-forward proxy replace rollout run scale top version wait'.split(
      ' ',
    ),
  helm: 'dependency diff get history install lint list package pull push registry repo rollback show status template test uninstall upgrade version'.split(
    ' ',
  ),
  openssl:
    'asn1parse cms crl crl2pkcs7 dgst ec ecparam genpkey genrsa pkcs12 pkcs7 pkcs8 pkey rand req rsa s_client verify version x509'.split(
      ' ',
    ),
  az: 'account acr ad aks deployment feature group identity keyvault login monitor network provider resource rest role vm'.split(
    ' ',
  ),
};

const commands: readonly Command[] = commandNamed('sign').parent?.commands ?? [];
const makefile = readFileSync(new URL('Makefile', projectRoot), 'utf8');
const targets = new Set([...makefile.matchAll(/^([a-z0-9-]+):/gm)].map(([, target]) => target));
const values = parse(readFileSync(new URL('charts/external-issuer/values.yaml', projectRoot), 'utf8')) as unknown;
const others = ['charts/external-issuer/README.md', 'scripts/release/npm/README.md', 'test/key-vault/README.md'];
const pages = [...(await readPages()), ...(await Promise.all(others.map(readPage)))];

/** Also those in lists. */
function scriptsOf({ text }: Page): readonly string[] {
  return [...text.matchAll(/^( *)```sh\n([^]*?)^ *```$/gm)].map(([, indent = '', body = '']) =>
    body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

interface Shown extends ShellCommand {
  readonly page: string;
}

const scripts = pages.flatMap((page) => scriptsOf(page).map((text) => ({ page: page.name, text })));
const shown: readonly Shown[] = scripts.flatMap(({ page, text }) => commandsOf(text).map((command) => ({ ...command, page })));
const text = ({ page, words }: Shown): string => `${page}: ${words.join(' ')}`;

/** The words for external-issuer, by whichever name it is called. */
function ownWords({ words }: ShellCommand): readonly string[] | undefined {
  const [first = '', second] = words;
  if (first === 'external-issuer' || first.endsWith('bin/external-issuer')) return words.slice(1);
  return (first === 'kubectl' || first === 'npx') && second === 'external-issuer' ? words.slice(2) : undefined;
}

/** What is wrong with a command line of external-issuer, which is not run. */
function ownProblem(words: readonly string[]): string | undefined {
  const [name = '', ...rest] = words;
  if (name === '' || name === 'help' || name.startsWith('-')) return undefined;
  const top = commands.find((each) => each.name() === name);
  if (top === undefined) return `external-issuer has no ${name}`;
  let command = top;
  let queue = rest;
  while (command.commands.length > 0 && queue[0] !== undefined && !queue[0].startsWith('-')) {
    const below: Command | undefined = command.commands.find((each) => each.name() === queue[0]);
    if (below === undefined) return `${command.name()} has no ${queue[0]}`;
    command = below;
    queue = queue.slice(1);
  }
  let positional = 0;
  for (let at = 0; at < queue.length; at += 1) {
    const word = queue[at] ?? '';
    if (!word.startsWith('-') || word === '-') {
      positional += 1;
      continue;
    }
    const [flag, value] = word.split(/=(.*)/s);
    const option = command.options.find(({ long, short }) => long === flag || short === flag);
    if (flag === '--help' || flag === '-h') continue;
    if (option === undefined) return `${command.name()} has no ${flag}`;
    if (option.required && value === undefined) {
      at += 1;
      if (queue[at] === undefined) return `${flag} needs a value`;
    }
  }
  const { length } = command.registeredArguments;
  const variadic = command.registeredArguments.some((argument) => argument.variadic);
  const required = command.registeredArguments.filter((argument) => argument.required).length;
  const helped = queue.includes('--help');
  if (!variadic && positional > length) return `${command.name()} takes ${length} arguments, not ${positional}`;
  return positional < required && !helped ? `${command.name()} needs ${required} arguments` : undefined;
}

/** Whether the chart has the value; what is below an empty map or list is the user's. */
function isValue(path: string): boolean {
  let at: unknown = values;
  for (const key of path.replaceAll(/\[\d+\]/g, '').split(/(?<!\\)\./)) {
    if (at === null || typeof at !== 'object' || Array.isArray(at) || Object.keys(at).length === 0) {
      return at === null || typeof at === 'object';
    }
    if (!Object.hasOwn(at, key.replaceAll('\\', ''))) return false;
    at = (at as Readonly<Record<string, unknown>>)[key.replaceAll('\\', '')];
  }
  return true;
}

describe('the commands in the pages', () => {
  test('are found', () => {
    assert.ok(shown.length > 300, `${shown.length}`);
    assert.ok(new Set(shown.map(({ page }) => page)).size > 20);
  });

  test('are shell that can be parsed, also in lists', () => {
    const whole = Map.groupBy(scripts, ({ page }) => page);
    const wrong = [...whole].flatMap(([page, blocks]) => {
      const input = blocks.map((block) => block.text).join('\n');
      const { status, stderr } = spawnSync('sh', ['-n'], { input, encoding: 'utf8' });
      return status === 0 ? [] : [`${page}: ${stderr}`];
    });
    assert.deepEqual(wrong, []);
  });

  test('are of programs that there are', () => {
    const functions = new Set(
      scripts.flatMap((script) => [...script.text.matchAll(/^(\w+)\(\) *\{/gm)].map(([, name]) => name)),
    );
    const unknown = shown.filter(({ words: [first = ''] }) => {
      if (programs.has(first) || functions.has(first) || first.startsWith('$')) return false;
      return !(/^(?:\.\/)?(?:scripts|bin)\//.test(first) && existsSync(new URL(first, projectRoot)));
    });
    assert.deepEqual(unknown.map(text), []);
  });

  test('are subcommands that their programs have', () => {
    const unknown = shown.filter(({ words: [program = '', ...rest] }) => {
      const known = subcommands[program];
      const subcommand = rest.find((word) => !word.startsWith('-'));
      return known !== undefined && subcommand !== undefined && !rest[0]?.startsWith('-') && !known.includes(subcommand);
    });
    assert.deepEqual(unknown.map(text), []);
  });

  test('make targets that the Makefile has, with variables that it reads', () => {
    const wrong = shown
      .filter(({ words: [program] }) => program === 'make')
      .flatMap((command) =>
        command.words.slice(1).filter((word) => {
          const [, variable] = /^([A-Z_]+)=/.exec(word) ?? [];
          return variable === undefined
            ? !targets.has(word)
            : !makefile.includes(`$(${variable})`) && !makefile.includes(`,${variable})`);
        }),
      );
    assert.deepEqual(wrong, []);
  });

  test('call external-issuer with commands, flags and arguments that it takes', () => {
    const own = shown.flatMap((command) => {
      const words = ownWords(command);
      return words === undefined ? [] : [{ command, words }];
    });
    assert.ok(own.length > 80, `${own.length}`);
    const wrong = own.flatMap(({ command, words }) => {
      const problem = ownProblem(words);
      return problem === undefined ? [] : [`${text(command)}: ${problem}`];
    });
    assert.deepEqual(wrong, []);
  });

  test('name files of the tree that are there', () => {
    const written = new Set(shown.flatMap(({ writes }) => writes));
    const missing = shown.filter(({ words }) =>
      words.some((word) => {
        const [, path = ''] = /^(?:-[\w-]+=)?((?:deploy|examples|charts|scripts|docs|test|src)\/[\w./-]+)$/.exec(word) ?? [];
        return path !== '' && !written.has(path) && !existsSync(new URL(path, projectRoot));
      }),
    );
    assert.deepEqual(missing.map(text), []);
  });

  test('set values that the chart has', () => {
    let count = 0;
    const ours = shown.filter(
      ({ words }) => words[0] === 'helm' && words.some((word) => /charts\/|external-issuer/.test(word)),
    );
    const wrong = ours.flatMap((command) => {
      // Other charts have other values: cert-manager's, for one.
      if (command.words.some((word) => /jetstack|cert-manager\b.*\/|trust-manager|csi-driver|istio/.test(word))) return [];
      const { words } = command;
      const sets = words.flatMap((word, at) => {
        const [flag, value] = word.split(/=(.*)/s);
        return /^--set(?:-string|-json|-file)?$/.test(flag ?? '') ? [value ?? words[at + 1] ?? ''] : [];
      });
      const paths = sets.flatMap((set) => set.split(/(?<!\\),(?=[\w.[\]\\/-]+=)/)).map((set) => set.split('=')[0] ?? '');
      count += paths.length;
      return paths.filter((path) => !isValue(path)).map((path) => `${text(command)}: ${path}`);
    });
    assert.ok(count > 10, `${count}`);
    assert.deepEqual(wrong, []);
  });
});

describe('what could not run', () => {
  const wrong = ['bogus', 'csr bogus', 'sign --bogus', 'sign --csr', 'csr show a b c d e', 'csr create', 'crds --out=x y'];
  for (const words of wrong) {
    test(`is told: external-issuer ${words}`, () => {
      assert.match(ownProblem(words.split(' ')) ?? 'nothing is said', / (?:has no|needs|takes) /);
    });
  }

  test('is told of a value that the chart has not', () => {
    assert.ok(isValue('replicas') && isValue('image.tag') && isValue(String.raw`podAnnotations.a\.b/c`));
    for (const path of ['replica', 'image.tags', 'replicas.x']) assert.ok(!isValue(path), path);
  });
});
