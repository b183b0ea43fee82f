import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Command } from 'commander';
import {
  addAzureLoginOption,
  addAzureOptions,
  readAzureOptions,
  readAzureTrialOptions,
} from '../../../src/cli/azure-options.ts';
import { readControllerOptions, type ControllerOptions } from '../../../src/cli/controller-options.ts';
import { signersDeps } from '../../../src/cli/network-options.ts';
import { optionReader } from '../../../src/cli/option-reader.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { AzureDeps } from '../../../src/signers/key-vault/contract.ts';
import { commandNamed } from '../support/program.ts';

type Allowed = Omit<AzureDeps, 'env'>;

function read(args: readonly string[], env: Readonly<Record<string, string>> = {}): Allowed {
  const command = addAzureLoginOption(addAzureOptions(new Command('x').exitOverride()));
  command.configureOutput({ writeErr: () => undefined }).parse(args, { from: 'user' });
  const { env: given, ...allowed } = readAzureTrialOptions(optionReader(command, env, 'X_'), env);
  assert.equal(given, env);
  return allowed;
}

function controllerOptions(env: Readonly<Record<string, string>>): ControllerOptions {
  return readControllerOptions(optionReader(commandNamed('controller'), env, 'EXTERNAL_ISSUER_'), [], { env, random: () => 0 });
}

const nothing: Allowed = { allowAmbient: false, disableChallengeVerification: false, developerLogin: false };

describe('the options of Azure', () => {
  test('allow nothing where none is given', () => assert.deepEqual(read([]), nothing));

  const cases: readonly (readonly [string, string, keyof Allowed])[] = [
    ['--issuer-ambient-credentials', 'X_ISSUER_AMBIENT_CREDENTIALS', 'allowAmbient'],
    ['--azure-disable-challenge-verification', 'X_AZURE_DISABLE_CHALLENGE_VERIFICATION', 'disableChallengeVerification'],
    ['--azure-login', 'X_AZURE_LOGIN', 'developerLogin'],
  ];
  for (const [flag, variable, what] of cases) {
    test(`are read from ${flag} and ${variable}, and allow nothing else`, () => {
      assert.deepEqual(read([flag]), { ...nothing, [what]: true });
      assert.deepEqual(read([], { [variable]: 'true' }), { ...nothing, [what]: true });
      assert.deepEqual(read([`${flag}=false`], { [variable]: 'true' }), nothing);
      assert.throws(() => read([], { [variable]: 'yes' }), {
        code: 'Usage',
        message: `${variable}: "yes" is neither true nor false`,
      });
    });
  }

  test('give the controller no login of a person', () => {
    const env = { EXTERNAL_ISSUER_ISSUER_AMBIENT_CREDENTIALS: '1', EXTERNAL_ISSUER_AZURE_LOGIN: 'true' };
    assert.deepEqual(controllerOptions(env).azure, { ...nothing, env, allowAmbient: true });
    assert.equal(
      commandNamed('controller').options.some(({ long }) => long === '--azure-login'),
      false,
    );
  });

  test('come to the signers, which are allowed nothing where they do not', () => {
    const command = addAzureOptions(new Command('x')).parse(['--issuer-ambient-credentials'], { from: 'user' });
    const env = { AZURE_TENANT_ID: 'tenant' };
    const network = { allowCaAddresses: [], denyCaAddresses: [], allowPlaintextCredentials: false };
    const deps = { clock: systemClock, random: () => 0, env };
    const azure = readAzureOptions(optionReader(command, env, 'X_'), env);
    assert.equal(signersDeps(network, deps, [], azure).azure, azure);
    assert.deepEqual(signersDeps(network, deps, []).azure, { ...nothing, env });
  });

  for (const name of ['check', 'sign', 'revoke']) {
    test(`are options of ${name}, your own login too`, () => {
      const flags = commandNamed(name).options.map(({ long }) => long);
      for (const [flag] of cases) assert.ok(flags.includes(flag), flag);
    });
  }
});
