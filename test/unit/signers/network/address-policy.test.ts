import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAddressPolicy } from '../../../../src/signers/network/address-policy.ts';
import { policy } from './support/client.ts';

const refused: readonly (readonly [string, RegExp])[] = [
  ['169.254.169.254', /^169\.254\.169\.254 is the address of a metadata service of a cloud, .*--allow-ca-addresses$/],
  ['169.254.170.2', /link-local/],
  ['fe80::1', /link-local/],
  ['fe80::1%eth0', /link-local/],
  ['febf::1', /link-local/],
  ['127.0.0.1', /loopback/],
  ['127.255.255.254', /loopback/],
  ['::1', /loopback/],
  ['0:0:0:0:0:0:0:1', /loopback/],
  ['[::1]', /loopback/],
  ['0.0.0.0', /unspecified/],
  ['0.1.2.3', /unspecified/],
  ['::', /unspecified/],
  ['224.0.0.1', /multicast/],
  ['239.255.255.255', /multicast/],
  ['ff02::1', /multicast/],
  ['255.255.255.255', /broadcast/],
  ['168.63.129.16', /metadata/],
  ['100.100.100.200', /metadata/],
  ['192.0.0.192', /metadata/],
  ['fd00:ec2::254', /metadata/],
  ['fd20:ce::254', /metadata/],
  ['::ffff:127.0.0.1', /loopback/],
  ['::ffff:7f00:1', /loopback/],
  ['::FFFF:a9fe:a9fe', /metadata/],
  ['::127.0.0.1', /loopback/],
  ['::ffff:0:127.0.0.1', /loopback/],
  ['64:ff9b::127.0.0.1', /loopback/],
  ['64:ff9b::a9fe:a9fe', /metadata/],
  ['64:ff9b:1::a9fe:a9fe', /metadata/],
  ['2002:7f00:1::', /loopback/],
  ['2002:a9fe:a9fe::1', /metadata/],
  ['2001:0:1:2:3:4:5601:5601', /metadata/],
  ['2001:db8::5efe:127.0.0.1', /loopback/],
  ['2001:db8::200:5efe:7f00:1', /loopback/],
  ['10.9.9.9', /API server/],
  ['fd12::6443', /API server/],
  ['localhost', /loopback/],
  ['LOCALHOST.', /loopback/],
  ['ca.localhost', /loopback/],
  ['metadata.google.internal', /metadata/],
  ['kubernetes.default.svc', /API server/],
  ['kubernetes.default.svc.cluster.local.', /API server/],
  ['api.cluster.test', /API server/],
];

const accepted = [
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '203.0.113.5',
  '8.8.8.8',
  '169.253.255.255',
  '128.0.0.1',
  '168.63.129.17',
  'fd00::1',
  '2001:db8::1',
  'fec0::1',
  '::ffff:10.0.0.1',
  '64:ff9b::8.8.8.8',
  '2002:808:808::1',
  'pki.example.com',
  'localhost.example.com',
  'kubernetes.example.com',
];

describe('the address policy', () => {
  const usual = policy({ apiServer: ['10.9.9.9', '[fd12::6443]', 'api.cluster.test'] });
  for (const [address, words] of refused) {
    test(`refuses ${address}`, () => {
      const checked = usual.check(address, address);
      assert.ok(!checked.ok);
      assert.match(checked.error, words);
    });
  }
  for (const address of accepted) {
    test(`accepts ${address}`, () => assert.deepEqual(usual.check(address, address), { ok: true, value: undefined }));
  }

  test('names the host and what it is at', () => {
    const checked = usual.check('169.254.169.254', 'Rebind.example.com.');
    assert.ok(!checked.ok);
    assert.match(
      checked.error,
      /^rebind\.example\.com is at 169\.254\.169\.254, and that is the address of a metadata service/,
    );
  });

  test('refuses the API server by its name whatever it is at', () => {
    const checked = usual.check('203.0.113.5', 'API.cluster.test');
    assert.ok(!checked.ok);
    assert.match(checked.error, /API server/);
  });

  test('accepts what the administrator allows, by address, by CIDR and within IPv6', () => {
    const allowing = policy({
      allow: ['127.0.0.0/8', ' 169.254.169.254 ', 'fe80::/10', '10.9.9.9'],
      apiServer: ['10.9.9.9', 'api.test'],
    });
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '169.254.169.254', 'fe80::5', '10.9.9.9', 'localhost']) {
      assert.ok(allowing.check(address, address).ok, address);
    }
    assert.ok(allowing.check('10.9.9.9', 'api.test').ok);
    for (const address of ['169.254.169.253', '::1', 'ff02::1']) assert.ok(!allowing.check(address, address).ok, address);
  });

  test('refuses what the administrator denies, allowed or not', () => {
    const denying = policy({ deny: ['10.0.0.0/8', 'fd00::/8'], allow: ['10.1.1.1'] });
    for (const address of ['10.1.1.1', '10.2.3.4', '::ffff:10.2.3.4', 'fd01::1']) {
      const checked = denying.check(address, address);
      assert.ok(!checked.ok, address);
      assert.match(checked.error, /--deny-ca-addresses/);
    }
    assert.ok(denying.check('192.168.1.1', 'pki.test').ok);
  });

  for (const entry of [
    '',
    'pki.example.com',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::ffff:10.0.0.1',
    '300.1.1.1',
  ]) {
    test(`says that ${JSON.stringify(entry)} is no entry`, () => {
      for (const kind of ['allow', 'deny'] as const) {
        const made = createAddressPolicy({ allow: [], deny: [], apiServer: [], [kind]: ['10.0.0.1', entry] });
        assert.ok(!made.ok);
        assert.ok(made.error.startsWith(`--${kind}-ca-addresses: ${JSON.stringify(entry)} is neither`), made.error);
      }
    });
  }
});
