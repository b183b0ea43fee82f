import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { runCheck } from '../../../src/cli/check-run.ts';
import { err } from '../../../src/lib/result.ts';
import type { ConfigProblem } from '../../../src/signers/signer.ts';
import { makeFolder, outcomeOf } from './support/cli.ts';
import { fakeDefinition } from './support/fake-definition.ts';

const folder = makeFolder();
after(folder.remove);

/** The problems of an issuer whose spec begins in line 8, below an object of another kind. */
async function problemsOf(spec: string, refusal?: ConfigProblem): Promise<readonly string[]> {
  const { definition } = fakeDefinition();
  const open = refusal === undefined ? definition.open : async () => err(refusal);
  const head = 'apiVersion: v1\nkind: Namespace\n---\napiVersion: external-issuer.io/v1alpha1\nkind: ExternalIssuer\n';
  const file = folder.write('issuer.yaml', `${head}metadata:\n  name: pki\nspec:\n  signerType: fake\n${spec}`);
  const flags = { file: [file], clusterResourceNamespace: 'external-issuer-system', verbose: false };
  const { error = '' } = await outcomeOf(async (deps) => await runCheck(flags, [{ ...definition, open }], deps));
  return error
    .replace(/^Failed: /, '')
    .replaceAll(file, 'f')
    .split('\nerror: ');
}

describe('a problem of an issuer in a file', () => {
  const cases: readonly [string, string, readonly RegExp[]][] = [
    [
      'of each of several values is at its own line',
      '  verify: hard\n  fake:\n    level: 11\n  retry: {budget: soon}\n',
      [/^f, line 12: spec\.fake\.level: must be/, /^f, line 13: spec\.retry\.budget: /, /^f, line 10: spec\.verify: must be/],
    ],
    [
      'is at the line of a key that is not known',
      '  fake:\n    level: 1\n    levl: 3\n',
      [/^f, line 12: spec\.fake: unknown key "levl"; did you mean "level"\?$/],
    ],
    [
      'is at a key that belongs into the block of the signer, which is named',
      '  fake: {}\n  level: 3\n',
      [/^f, line 11: spec: unknown key "level"; did you mean spec\.fake\.level\?$/],
    ],
    [
      'is at an entry of a list',
      '  fake:\n    secrets:\n      - name: a\n      - {nam: b}\n',
      [/^f, line 13: spec\.fake\.secrets\[1\]: unknown key "nam"/, /^f, line 13: spec\.fake\.secrets\[1\]\.name: required/],
    ],
  ];
  for (const [what, spec, problems] of cases) {
    test(what, async () => {
      const found = await problemsOf(spec);
      assert.equal(found.length, problems.length, found.join('\n'));
      for (const [index, problem] of problems.entries()) assert.match(found[index] ?? '', problem);
    });
  }

  const inText = 'fake.level.text: line 1, column 4: there is no csr.pme';
  const refusals: readonly [string, string][] = [
    ['fake.level: odd', 'f, line 11: ConfigError: fake.level: odd'],
    ['spec.fake: odd', 'f, line 10: ConfigError: spec.fake: odd'],
    [inText, `f: ConfigError: ${inText}`],
    ['The key is odd.', 'f: ConfigError: The key is odd.'],
  ];
  for (const [message, problem] of refusals) {
    test(`that is found when the signer is opened has a line only where it names a field of the file: ${message}`, async () => {
      assert.deepEqual(await problemsOf('  fake:\n    level: 3\n', { code: 'ConfigError', message }), [problem]);
    });
  }
});
