import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Command } from 'commander';
import { addNetworkOptions, readNetworkOptions, signersDeps, type NetworkOptions } from '../../../src/cli/network-options.ts';
import { optionReader } from '../../../src/cli/option-reader.ts';
import { systemClock } from '../../../src/lib/clock.ts';

function read(args: readonly string[], env: Readonly<Record<string, string>> = {}): NetworkOptions {
  const command = addNetworkOptions(new Command('x').exitOverride());
  command.configureOutput({ writeErr: () => undefined }).parse(args, { from: 'user' });
  return readNetworkOptions(optionReader(command, env, 'X_'));
}

describe('the options of the network', () => {
  test('allow nothing that is refused, and refuse nothing else, where none is given', () => {
    assert.deepEqual(read([]), { allowCaAddresses: [], denyCaAddresses: [], allowPlaintextCredentials: false });
  });

  test('are read from flags and variables', () => {
    const args = ['--allow-ca-addresses', '127.0.0.1, ::1,', '--allow-plaintext-credentials'];
    assert.deepEqual(read(args, { X_DENY_CA_ADDRESSES: '10.0.0.0/8' }), {
      allowCaAddresses: ['127.0.0.1', '::1'],
      denyCaAddresses: ['10.0.0.0/8'],
      allowPlaintextCredentials: true,
    });
    assert.equal(read(['--allow-plaintext-credentials=false']).allowPlaintextCredentials, false);
  });

  const wrong: readonly (readonly [readonly string[], Readonly<Record<string, string>>, RegExp])[] = [
    [['--allow-ca-addresses=ca.example'], {}, /^--allow-ca-addresses: "ca\.example" is neither/],
    [['--deny-ca-addresses=10.0.0.0/40'], {}, /^--deny-ca-addresses: "10\.0\.0\.0\/40" is neither/],
    [[], { X_DENY_CA_ADDRESSES: '10.0.0.256' }, /^X_DENY_CA_ADDRESSES: "10\.0\.0\.256" is neither/],
    [[], { X_ALLOW_PLAINTEXT_CREDENTIALS: 'yes' }, /^X_ALLOW_PLAINTEXT_CREDENTIALS: "yes" is neither true nor false/],
  ];
  for (const [args, env, message] of wrong) {
    test(`that are wrong are named: ${[...args, ...Object.keys(env)].join(' ')}`, () => {
      assert.throws(() => read(args, env), { code: 'Usage', message });
    });
  }

  test('that are neither true nor false are refused by the command line', () => {
    assert.throws(() => read(['--allow-plaintext-credentials=perhaps']), /Write true or false/);
  });

  test('become the policy that signers connect by, which knows the API server', () => {
    const options = read([
      '--allow-ca-addresses=127.0.0.1',
      '--deny-ca-addresses=10.1.0.0/16',
      '--allow-plaintext-credentials',
    ]);
    const env = { HTTPS_PROXY: 'http://proxy.example:3128' };
    const made = signersDeps(options, { clock: systemClock, random: () => 0, env }, ['10.96.0.1', 'api.example']);
    assert.equal(made.allowPlaintextCredentials, true);
    assert.equal(made.network.env, env);
    const reached = ['127.0.0.1', '127.0.0.2', '10.1.2.3', '10.2.2.3', '10.96.0.1', '169.254.169.254'].filter(
      (address) => made.network.addresses.check(address, address).ok,
    );
    assert.deepEqual(reached, ['127.0.0.1', '10.2.2.3']);
    assert.equal(made.network.addresses.check('192.0.2.1', 'api.example').ok, false);
  });
});
