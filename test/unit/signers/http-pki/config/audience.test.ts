import { evaluate } from '@marcbachmann/cel-js';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { validatePkiConfig } from '../../../../../src/signers/http-pki/config/validate.ts';
import { audienceRule } from '../../../../../src/signers/http-pki/schema/audience.ts';
import { least, parsePki } from './support/configs.ts';

const foreign = [
  'api://AzureADTokenExchange',
  'API://azureadtokenexchange',
  'api://AzureADTokenExchangeUSGov',
  'sts.amazonaws.com',
  'sts.amazonaws.com.cn',
  'https://sts.amazonaws.com',
  'https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a/providers/b',
  '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a/providers/b',
  'project.svc.id.goog',
  'https://kubernetes.default.svc',
  'https://kubernetes.default.svc.cluster.local',
  'kubernetes.default.svc',
  'https://kubernetes.default',
  'kubernetes',
  'api',
] as const;
const own = [
  'vault',
  'vault://team-a/pki',
  'https://vault.example.com',
  'api://pki',
  'kubernetes-pki',
  'https://pki.kubernetes.test',
];

const configOf = (audience: string) => {
  const body = { json: { jwt: '{{ auth.serviceAccountToken }}' } };
  const login = { url: '/login', token: 't', body, serviceAccountRef: { name: 'a', audience } };
  return parsePki({ ...least, auth: { type: 'login', login } });
};

describe('the audience of a token that a login is sent', () => {
  for (const audience of foreign) {
    test(`is none that others give rights for: ${audience}`, () => {
      const refused = validatePkiConfig(configOf(audience));
      assert.ok(!refused.ok);
      assert.match(
        refused.error,
        /^pki\.auth\.login\.serviceAccountRef\.audience: is an audience .*give rights for.*; leave it out \(the default is vault:/,
      );
      assert.equal(evaluate(audienceRule.rule, { self: { name: 'a', audience } }), false);
    });
  }

  for (const audience of own) {
    test(`is one of the server's own: ${audience}`, () => {
      assert.deepEqual(validatePkiConfig(configOf(audience)), { ok: true, value: undefined });
      assert.equal(evaluate(audienceRule.rule, { self: { name: 'a', audience } }), true);
    });
  }

  test('need not be written', () => {
    assert.equal(evaluate(audienceRule.rule, { self: { name: 'a' } }), true);
  });
});
