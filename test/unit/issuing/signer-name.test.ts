import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readSignerName, signerNameOf } from '../../../src/issuing/signer-name.ts';
import type { IssuerKey } from '../../../src/issuing/request-view.ts';

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const objectName = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const issuerKey: fc.Arbitrary<IssuerKey> = fc.oneof(
  objectName.map((name) => ({ kind: 'ExternalClusterIssuer', name }) as const),
  fc.tuple(label, objectName).map(([namespace, name]) => ({ kind: 'ExternalIssuer', namespace, name }) as const),
);

const cluster = 'externalclusterissuers.external-issuer.io';
const namespaced = 'externalissuers.external-issuer.io';

describe('a signer name', () => {
  test('of any issuer is read as that issuer', () => {
    fc.assert(fc.property(issuerKey, (key) => assert.deepEqual(readSignerName(signerNameOf(key)), key)));
  });

  test('that is read as an issuer is the name of that issuer and of no other', () => {
    const path = fc.string({ unit: fc.constantFrom('a', 'B', '.', '/', '-', '*', ' ', '\0', 'é'), maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(cluster, namespaced), path, (prefix, rest) => {
        const named = readSignerName(`${prefix}/${rest}`);
        assert.ok(named !== undefined, 'it names our group');
        if ('malformed' in named) assert.equal(named.malformed, `${prefix}/${rest}`);
        else assert.equal(signerNameOf(named), `${prefix}/${rest}`);
      }),
    );
  });

  const read: readonly (readonly [string, IssuerKey])[] = [
    [`${cluster}/ca`, { kind: 'ExternalClusterIssuer', name: 'ca' }],
    [`${cluster}/ca.example.com`, { kind: 'ExternalClusterIssuer', name: 'ca.example.com' }],
    [`${namespaced}/team-a.ca`, { kind: 'ExternalIssuer', namespace: 'team-a', name: 'ca' }],
    [`${namespaced}/team-a.ca.example.com`, { kind: 'ExternalIssuer', namespace: 'team-a', name: 'ca.example.com' }],
  ];
  for (const [name, key] of read) test(`${name} names an issuer`, () => assert.deepEqual(readSignerName(name), key));

  for (const path of ['', 'a/b', '/', 'team-a.ca/x']) {
    test(`${cluster}/${path} names no issuer`, () => {
      assert.deepEqual(readSignerName(`${cluster}/${path}`), { malformed: `${cluster}/${path}` });
    });
  }
  for (const path of ['', 'ca', '.ca', 'team-a.', '.', 'team-a.ca/x', '../ca/']) {
    test(`${namespaced}/${path} names no issuer`, () => {
      assert.deepEqual(readSignerName(`${namespaced}/${path}`), { malformed: `${namespaced}/${path}` });
    });
  }

  const foreign = [
    'kubernetes.io/kube-apiserver-client',
    'externalclusterissuers.external-issuer.io',
    'externalclusterissuers.external-issuer.io.example.com/ca',
    'xexternalissuers.external-issuer.io/team-a.ca',
    'EXTERNALISSUERS.external-issuer.io/team-a.ca',
    'external-issuer.io/ca',
    'issuers.cert-manager.io/team-a.ca',
    '/ca',
    '',
  ];
  for (const name of foreign) {
    test(`"${name}" is another's`, () => assert.equal(readSignerName(name), undefined));
  }
});
