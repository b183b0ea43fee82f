import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RawOption } from '../../../src/lib/raw-option.ts';
import { readProcessOptions } from '../../../src/cli/process-options.ts';
import type { MetricsSecurity } from '../../../src/server/metrics-server.ts';

const defaults: Readonly<Record<string, string>> = {
  'metrics-bind-address': ':8080',
  'health-probe-bind-address': ':8081',
  'metrics-secure': 'false',
  'leader-elect': 'false',
  'request-kinds': 'CertificateRequest',
  'max-concurrent-reconciles': '8',
};

function securityOf(given: Readonly<Record<string, string>>): MetricsSecurity | undefined {
  const option = (name: string): RawOption => {
    const value = given[name];
    return { value: value ?? defaults[name] ?? '', from: `--${name}`, given: value !== undefined };
  };
  return readProcessOptions(option, { env: {}, random: () => 0 }).metricsSecurity;
}

const [secure, cert, key] = ['metrics-secure', 'metrics-tls-cert-file', 'metrics-tls-key-file'] as const;

describe('--metrics-secure', () => {
  test('is off where it is not given', () => assert.equal(securityOf({}), undefined));
  test('alone makes a certificate', () => assert.deepEqual(securityOf({ [secure]: 'true' }), {}));
  test('is nothing where no metrics are served', () =>
    assert.equal(securityOf({ [secure]: 'true', 'metrics-bind-address': '0' }), undefined));
  test('takes the files of a certificate', () => {
    assert.deepEqual(securityOf({ [secure]: 'true', [cert]: 'a', [key]: 'b' }), { files: { cert: 'a', key: 'b' } });
  });

  const wrong: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ [cert]: 'a', [key]: 'b' }, /^--metrics-tls-cert-file: is for --metrics-secure alone/],
    [{ [key]: 'b' }, /^--metrics-tls-key-file: is for --metrics-secure alone/],
    [{ [secure]: 'true', [cert]: 'a' }, /^--metrics-tls-cert-file: set --metrics-tls-key-file too/],
    [{ [secure]: '1', [key]: 'b' }, /^--metrics-tls-key-file: set --metrics-tls-cert-file too/],
    [{ [secure]: 'yes' }, /^--metrics-secure: "yes" is neither true nor false/],
  ];
  for (const [given, message] of wrong) {
    test(`refuses ${JSON.stringify(given)}`, () => assert.throws(() => securityOf(given), { code: 'Usage', message }));
  }
});
