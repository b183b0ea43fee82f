import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseIssuerSpec, type IssuerSettings } from '../../../src/api/issuer-settings.ts';
import { sampleSigners } from './support/sample-signers.ts';

const minute = 60_000;

/** What comes of a spec that says nothing but its signer. */
const defaults: IssuerSettings = {
  signerType: 'paper',
  config: { from: 'spec', value: { ink: 'blue' } },
  verify: 'default',
  policy: { allowSystemMasters: false },
  healthCheck: { enabled: true, intervalMs: 10 * minute },
  retry: { budgetMs: 24 * 60 * minute, minDelayMs: 5000, maxDelayMs: 10 * minute },
  rateLimit: {},
};

describe('parseIssuerSpec', () => {
  const good: readonly { readonly what: string; readonly spec: object; readonly settings: Partial<IssuerSettings> }[] = [
    { what: 'nothing but a signer, with all defaults', spec: {}, settings: {} },
    {
      what: "the signer's block, with its defaults",
      spec: { signerType: 'wax', waxSeal: { grams: 7 } },
      settings: { signerType: 'wax', config: { from: 'spec', value: { grams: 7 } } },
    },
    {
      what: 'a ConfigMap, with the default key',
      spec: { configMapRef: { name: 'pki-config' } },
      settings: {
        config: { from: 'configMap', ref: { field: 'spec.configMapRef', name: 'pki-config', key: 'pki-config.json' } },
      },
    },
    {
      what: 'a ConfigMap by the alias',
      spec: { configRef: { name: 'a', key: 'b.yaml', namespace: 'c' } },
      settings: { config: { from: 'configMap', ref: { field: 'spec.configRef', name: 'a', key: 'b.yaml', namespace: 'c' } } },
    },
    {
      what: 'a Secret',
      spec: { authSecretRef: { name: 'a', key: 'token', namespace: 'b' } },
      settings: { authSecret: { field: 'spec.authSecretRef', name: 'a', key: 'token', namespace: 'b' } },
    },
    {
      what: 'a Secret by the short form',
      spec: { authSecretName: 'a' },
      settings: { authSecret: { field: 'spec.authSecretName', name: 'a' } },
    },
    {
      what: 'a check that is switched off',
      spec: { healthCheck: { enabled: false } },
      settings: { healthCheck: { enabled: false, intervalMs: 10 * minute } },
    },
    {
      what: 'durations of several units, days among them',
      spec: { healthCheck: { interval: '1h30m' }, retry: { budget: '2d', minDelay: '90s', maxDelay: '1d' } },
      settings: {
        healthCheck: { enabled: true, intervalMs: 90 * minute },
        retry: { budgetMs: 2 * 1440 * minute, minDelayMs: 90_000, maxDelayMs: 1440 * minute },
      },
    },
    {
      what: 'a budget of nothing: never give up',
      spec: { retry: { budget: '0s' } },
      settings: { retry: { ...defaults.retry, budgetMs: 0 } },
    },
    {
      what: 'a minDelay above the default maxDelay, which gives way',
      spec: { retry: { minDelay: '30m' } },
      settings: { retry: { ...defaults.retry, minDelayMs: 30 * minute, maxDelayMs: 30 * minute } },
    },
    {
      what: 'a maxDelay below the default minDelay, which gives way',
      spec: { retry: { maxDelay: '2s' } },
      settings: { retry: { ...defaults.retry, minDelayMs: 2000, maxDelayMs: 2000 } },
    },
    {
      what: 'a rate, with the burst it implies',
      spec: { rateLimit: { requests: 20, per: '1m' } },
      settings: { rateLimit: { rate: { requests: 20, perMs: minute, burst: 20 } } },
    },
    {
      what: 'a rate by the second with a burst and a bound on what is in flight',
      spec: { rateLimit: { requests: 5, burst: 9, maxInFlight: 3 } },
      settings: { rateLimit: { rate: { requests: 5, perMs: 1000, burst: 9 }, maxInFlight: 3 } },
    },
    {
      what: 'no rate, but a bound on what is in flight',
      spec: { rateLimit: { maxInFlight: 3 } },
      settings: { rateLimit: { maxInFlight: 3 } },
    },
  ];
  for (const { what, spec, settings } of good) {
    test(`reads ${what}`, () => {
      const result = parseIssuerSpec({ signerType: 'paper', ...spec }, sampleSigners);
      assert.deepEqual(result, { ok: true, value: { ...defaults, ...settings } });
    });
  }

  const bad: readonly { readonly what: string; readonly spec: unknown; readonly message: RegExp }[] = [
    { what: 'no spec', spec: undefined, message: /^spec: required, but missing$/ },
    { what: 'no signer', spec: {}, message: /^spec\.signerType: required, but missing; one of paper, wax$/ },
    { what: 'an unknown signer', spec: { signerType: 'ink' }, message: /^spec\.signerType: must be one of paper, wax$/ },
    {
      what: 'the block of another signer',
      spec: { signerType: 'paper', waxSeal: { grams: 1 } },
      message: /^spec\.waxSeal: belongs to signerType wax, but signerType is paper$/,
    },
    {
      what: 'a block that lacks what it needs',
      spec: { signerType: 'wax', waxSeal: {} },
      message: /^spec\.waxSeal\.grams: required, but missing$/,
    },
    {
      what: 'no block where the signer needs one',
      spec: { signerType: 'wax' },
      message: /^spec\.waxSeal: required, or spec\.configMapRef, a ConfigMap with the same fields; signerType is wax$/,
    },
    {
      what: 'a block beside a ConfigMap',
      spec: { signerType: 'paper', paper: {}, configRef: { name: 'a' } },
      message: /^spec\.paper: the configuration is also in spec\.configRef/,
    },
    {
      what: 'both names of the ConfigMap',
      spec: { signerType: 'paper', configMapRef: { name: 'a' }, configRef: { name: 'a' } },
      message: /^spec\.configRef: is another name of spec\.configMapRef/,
    },
    {
      what: 'both forms of the Secret',
      spec: { signerType: 'paper', authSecretRef: { name: 'a' }, authSecretName: 'a' },
      message: /^spec\.authSecretName: is the short form of spec\.authSecretRef/,
    },
    {
      what: 'the name of an object that cannot exist',
      spec: { signerType: 'paper', authSecretName: 'A_b' },
      message: /^spec\.authSecretName: is not the name of an object/,
    },
    {
      what: 'a duration in words',
      spec: { signerType: 'paper', retry: { budget: '5 minutes' } },
      message: /^spec\.retry\.budget: is not a duration; write it as 30s, 15m, 2160h or 90d$/,
    },
    {
      what: 'an interval too short',
      spec: { signerType: 'paper', healthCheck: { interval: '5s' } },
      message: /^spec\.healthCheck\.interval: must be between 30s and 24h, not 5s$/,
    },
    {
      what: 'an interval too long, in days',
      spec: { signerType: 'paper', healthCheck: { interval: '30d' } },
      message: /^spec\.healthCheck\.interval: must be between 30s and 24h, not 30d$/,
    },
    {
      what: 'a maxDelay below minDelay',
      spec: { signerType: 'paper', retry: { minDelay: '1m', maxDelay: '30s' } },
      message: /^spec\.retry\.maxDelay: must be at least spec\.retry\.minDelay$/,
    },
    {
      what: 'a burst without a rate',
      spec: { signerType: 'paper', rateLimit: { burst: 4 } },
      message: /^spec\.rateLimit\.requests: required where per or burst is set$/,
    },
    {
      what: 'several fields at once',
      spec: { signerType: 'paper', rateLimit: { requests: 0, maxInFlight: 1001 } },
      message: /^spec\.rateLimit\.requests: must be at least 1; spec\.rateLimit\.maxInFlight: must be at most 1000$/,
    },
  ];
  for (const { what, spec, message } of bad) {
    test(`refuses ${what} and names the field`, () => {
      const result = parseIssuerSpec(spec, sampleSigners);
      assert.ok(!result.ok);
      assert.match(result.error, message);
    });
  }
});
