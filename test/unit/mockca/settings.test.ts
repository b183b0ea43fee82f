import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readSettings } from '../../../src/mockca/settings.ts';

const defaults: Readonly<Record<string, string>> = {
  addr: ':8080',
  'log-level': 'info',
  'log-format': 'text',
  'ca-cn': 'Mock',
  'ca-org': 'tests',
  'ca-validity': '3650d',
  'cert-validity': '365d',
  'key-algorithm': 'RSA',
  'fault-latency': '0',
  'fault-error-rate': '0',
  'fault-error-status': '503',
  'fault-retry-after': '0',
  'fault-pending': '0',
};

function read(values: Readonly<Record<string, string>>): ReturnType<typeof readSettings> {
  return readSettings((name) => ({
    value: values[name] ?? defaults[name] ?? '',
    from: `--${name}`,
    given: Object.hasOwn(values, name),
  }));
}

describe('the settings of the server', () => {
  test('the defaults', () => {
    assert.deepEqual(read({}), {
      listen: { port: 8080 },
      logLevel: 'info',
      logFormat: 'text',
      newCA: {
        commonName: 'Mock',
        organization: 'tests',
        key: { algorithm: 'RSA', size: 2048 },
        validitySeconds: 3650 * 86_400,
        pathLength: 1,
      },
      certValidityMs: 365 * 86_400_000,
      faults: { latencyMs: 0, errorRate: 0, errorStatus: 503, retryAfterSeconds: 0, pendingPolls: 0 },
      newCAOptions: [],
    });
  });

  test('all that can be given', () => {
    const settings = read({
      addr: '[::1]:0',
      'log-level': 'DEBUG',
      'log-format': 'json',
      'ca-org': '',
      'ca-validity': '87600h',
      'key-algorithm': 'ecdsa',
      'key-size': '384',
      'cert-validity': '1h30m',
      'ca-dir': 'ca',
      'tls-cert-file': 'a',
      'tls-key-file': 'b',
      'token-file': 't',
      journal: 'j',
      'fault-latency': '250ms',
      'fault-error-rate': '0.25',
      'fault-pending': '3',
      'fault-error-status': '429',
      'fault-retry-after': '1500ms',
      'fault-answer': 'wrong-key',
      'tls-client-ca-file': 'c',
    });
    assert.deepEqual(settings, {
      listen: { host: '::1', port: 0 },
      logLevel: 'debug',
      logFormat: 'json',
      newCA: { commonName: 'Mock', key: { algorithm: 'ECDSA', size: 384 }, validitySeconds: 315_360_000, pathLength: 1 },
      certValidityMs: 5_400_000,
      caDir: 'ca',
      tls: { certFile: 'a', keyFile: 'b', clientCaFile: 'c' },
      tokenFile: 't',
      journalFile: 'j',
      faults: {
        latencyMs: 250,
        errorRate: 0.25,
        errorStatus: 429,
        retryAfterSeconds: 2,
        answer: 'wrong-key',
        pendingPolls: 3,
      },
      newCAOptions: ['--ca-org', '--ca-validity', '--key-algorithm', '--key-size'],
    });
  });

  const keys: readonly [string, string, unknown][] = [
    ['RSA', '', { algorithm: 'RSA', size: 2048 }],
    ['rsa', '4096', { algorithm: 'RSA', size: 4096 }],
    ['ECDSA', '', { algorithm: 'ECDSA', size: 256 }],
    ['ECDSA', '521', { algorithm: 'ECDSA', size: 521 }],
    ['Ed25519', '', { algorithm: 'Ed25519' }],
  ];
  for (const [algorithm, size, key] of keys) {
    test(`a CA key ${algorithm} ${size || 'of the usual size'}`, () => {
      assert.deepEqual(read({ 'key-algorithm': algorithm, 'key-size': size }).newCA.key, key);
    });
  }

  const wrong: readonly [Readonly<Record<string, string>>, RegExp][] = [
    [{ addr: '8080' }, /^--addr: "8080" is not an address; write :8080/],
    [{ addr: '0' }, /^--addr: the server must listen somewhere/],
    [{ 'log-level': 'loud' }, /^--log-level: "loud" is none of trace, debug/],
    [{ 'log-format': 'xml' }, /^--log-format: "xml" is none of text, json/],
    [{ 'ca-cn': '' }, /^--ca-cn: must have 1 to 64/],
    [{ 'ca-cn': 'x'.repeat(65) }, /^--ca-cn: must have 1 to 64/],
    [{ 'ca-org': 'a\nb' }, /^--ca-org: .*control characters/],
    [{ 'ca-validity': '10y' }, /^--ca-validity: "10y" is not a duration; write it as/],
    [{ 'ca-validity': '1m' }, /^--ca-validity: "1m" is too short/],
    [{ 'cert-validity': '1000000d' }, /^--cert-validity: "1000000d" is too long/],
    [{ 'key-algorithm': 'DSA' }, /^--key-algorithm: "DSA" is not RSA, ECDSA or Ed25519/],
    [{ 'key-size': '1024' }, /^--key-size: "1024" .* use one of 2048, 3072, 4096/],
    [{ 'key-algorithm': 'ECDSA', 'key-size': '2048' }, /^--key-size: "2048" .* use one of 256, 384, 521/],
    [{ 'key-algorithm': 'Ed25519', 'key-size': '256' }, /^--key-size: .* leave the option out/],
    [{ 'tls-cert-file': 'a' }, /^--tls-cert-file: .* give --tls-key-file too/],
    [{ 'tls-key-file': 'a' }, /^--tls-key-file: .* give --tls-cert-file too/],
    [{ 'fault-error-rate': '1.1' }, /^--fault-error-rate: "1.1" is not a number from 0 to 1/],
    [{ 'fault-error-rate': '-1' }, /^--fault-error-rate/],
    [{ 'fault-pending': '1.5' }, /^--fault-pending: "1.5" is not a whole number/],
    [{ 'fault-error-status': '200' }, /^--fault-error-status: "200" is not a whole number from 400 to 599/],
    [{ 'fault-answer': 'good' }, /^--fault-answer: "good" is none of huge-body, /],
    [{ 'tls-client-ca-file': 'c' }, /^--tls-client-ca-file: client certificates need HTTPS/],
    [{ 'fault-latency': '1h' }, /^--fault-latency: "1h" is too long/],
  ];
  for (const [values, message] of wrong) {
    test(`${JSON.stringify(values).slice(0, 50)} is refused by name`, () => {
      assert.throws(() => read(values), { code: 'Usage', message });
    });
  }
});
