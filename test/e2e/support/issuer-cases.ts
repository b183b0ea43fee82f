/** An issuer's spec and what the API server must say of it: nothing, or a message with this part. */
export interface IssuerCase {
  readonly what: string;
  readonly spec: unknown;
  readonly refusal?: RegExp;
}

const mockca = { signerType: 'mockca' };

function field(path: string, message: string): RegExp {
  const escaped = `${path}: [^]*${message}`.replaceAll('.', String.raw`\.`);
  return new RegExp(escaped);
}

/** Issuers of the shipped CRDs. */
export const issuerCases: readonly IssuerCase[] = [
  { what: 'nothing but a signer', spec: mockca },
  {
    what: 'every field with a value of its own',
    spec: {
      ...mockca,
      configMapRef: { name: 'pki-config', key: 'a.json', namespace: 'default' },
      healthCheck: { enabled: true, interval: '90s' },
      retry: { budget: '0s', minDelay: '1s', maxDelay: '1h30m' },
      rateLimit: { requests: 20, per: '1m', burst: 40, maxInFlight: 4 },
    },
  },
  { what: 'a Secret', spec: { ...mockca, authSecretRef: { name: 'ca', namespace: 'default' } } },
  { what: 'a ConfigMap by its other name', spec: { ...mockca, configRef: { name: 'pki-config' } } },
  { what: 'a Secret by its short form', spec: { ...mockca, authSecretName: 'ca' } },
  { what: 'an empty block', spec: { ...mockca, mockCa: {} } },
  {
    what: 'a block with every field',
    spec: {
      ...mockca,
      mockCa: {
        commonName: 'Test CA',
        organization: 'Übung',
        keyAlgorithm: 'RSA',
        keySize: 3072,
        validity: '720h',
        pathLength: 0,
      },
    },
  },
  {
    what: 'durations in days and weeks',
    spec: { ...mockca, healthCheck: { interval: '1d' }, retry: { budget: '2w', maxDelay: '1d' } },
  },
  { what: 'the longest interval', spec: { ...mockca, healthCheck: { interval: '24h' } } },
  { what: 'the shortest interval', spec: { ...mockca, healthCheck: { interval: '0.5m' } } },

  { what: 'no spec', spec: undefined, refusal: field('spec', 'Required value') },
  { what: 'no signer', spec: {}, refusal: field('spec.signerType', 'Required value') },
  {
    what: 'a signer nobody knows',
    spec: { signerType: 'sealing-wax' },
    refusal: field('spec.signerType', 'supported values: "mockca"'),
  },
  {
    what: 'both names of the ConfigMap',
    spec: { ...mockca, configMapRef: { name: 'a' }, configRef: { name: 'a' } },
    refusal: field('spec.configRef', 'configRef is another name of configMapRef'),
  },
  {
    what: 'both forms of the Secret',
    spec: { ...mockca, authSecretRef: { name: 'a' }, authSecretName: 'a' },
    refusal: field('spec.authSecretName', 'authSecretName is the short form of authSecretRef'),
  },
  {
    what: 'a block beside a ConfigMap',
    spec: { ...mockca, mockCa: {}, configMapRef: { name: 'a' } },
    refusal: field('spec.mockCa', 'either in mockCa or in the ConfigMap that configMapRef names'),
  },
  {
    what: 'a block beside a ConfigMap by its other name',
    spec: { ...mockca, mockCa: {}, configRef: { name: 'a' } },
    refusal: field('spec.mockCa', 'either in mockCa or in the ConfigMap'),
  },
  {
    what: 'a key of the Secret, of which mockca reads two',
    spec: { ...mockca, authSecretRef: { name: 'a', key: 'tls.key' } },
    refusal: field('spec.authSecretRef.key', 'reads the keys tls.crt and tls.key'),
  },
  {
    what: 'a block beside the Secret that has the CA',
    spec: { ...mockca, mockCa: { keySize: 384 }, authSecretRef: { name: 'a' } },
    refusal: field('spec.mockCa', 'the CA is the one in the Secret'),
  },
  {
    what: 'a ConfigMap beside the Secret that has the CA',
    spec: { ...mockca, configMapRef: { name: 'a' }, authSecretRef: { name: 'a' } },
    refusal: field('spec', 'the CA is either the one in the Secret'),
  },
  {
    what: 'a ConfigMap beside the Secret, both by their other names',
    spec: { ...mockca, configRef: { name: 'a' }, authSecretName: 'a' },
    refusal: field('spec', 'the CA is either the one in the Secret'),
  },
  {
    what: 'a block beside the Secret by its short form',
    spec: { ...mockca, mockCa: {}, authSecretName: 'a' },
    refusal: field('spec.mockCa', 'the CA is the one in the Secret'),
  },
  {
    what: 'a key size of another algorithm',
    spec: { ...mockca, mockCa: { keySize: 2048 } },
    refusal: field('spec.mockCa.keySize', 'keySize does not fit keyAlgorithm'),
  },
  {
    what: 'a key size where there is no choice',
    spec: { ...mockca, mockCa: { keyAlgorithm: 'Ed25519', keySize: 256 } },
    refusal: field('spec.mockCa.keySize', 'keySize does not fit keyAlgorithm'),
  },
  {
    what: 'an algorithm nobody knows',
    spec: { ...mockca, mockCa: { keyAlgorithm: 'DSA' } },
    refusal: field('spec.mockCa.keyAlgorithm', 'supported values: "RSA", "ECDSA", "Ed25519"'),
  },
  {
    what: 'a CA too short-lived',
    spec: { ...mockca, mockCa: { validity: '1m' } },
    refusal: field('spec.mockCa.validity', 'must be between 1h and 876000h'),
  },
  {
    what: 'a name with a line break',
    spec: { ...mockca, mockCa: { commonName: 'a\nb' } },
    refusal: field('spec.mockCa.commonName', 'should match'),
  },
  {
    what: 'a ConfigMap without a name',
    spec: { ...mockca, configMapRef: {} },
    refusal: field('spec.configMapRef.name', 'Required value'),
  },
  {
    what: 'a name that no ConfigMap can have',
    spec: { ...mockca, configMapRef: { name: 'A_b' } },
    refusal: field('spec.configMapRef.name', 'should match'),
  },
  {
    what: 'a key that no ConfigMap can have',
    spec: { ...mockca, configMapRef: { name: 'a', key: 'a/b' } },
    refusal: field('spec.configMapRef.key', 'should match'),
  },
  {
    what: 'a name that is too long',
    spec: { ...mockca, authSecretName: 'a'.repeat(254) },
    refusal: field('spec.authSecretName', 'Too long'),
  },
  {
    what: 'a name that no Secret can have',
    spec: { ...mockca, authSecretRef: { name: 'a b' } },
    refusal: field('spec.authSecretRef.name', 'should match'),
  },
  {
    what: 'a name that no namespace can have',
    spec: { ...mockca, authSecretRef: { name: 'a', namespace: 'a.b' } },
    refusal: field('spec.authSecretRef.namespace', 'should match'),
  },
  {
    what: 'an interval in words',
    spec: { ...mockca, healthCheck: { interval: '5 minutes' } },
    refusal: field('spec.healthCheck.interval', 'should match'),
  },
  {
    what: 'an interval too short',
    spec: { ...mockca, healthCheck: { interval: '29s' } },
    refusal: field('spec.healthCheck.interval', 'must be between 30s and 24h'),
  },
  {
    what: 'an interval too long',
    spec: { ...mockca, healthCheck: { interval: '25h' } },
    refusal: field('spec.healthCheck.interval', 'must be between 30s and 24h'),
  },
  {
    what: 'a check that is neither on nor off',
    spec: { ...mockca, healthCheck: { enabled: 'yes' } },
    refusal: field('spec.healthCheck.enabled', 'must be of type boolean'),
  },
  {
    what: 'a budget below nothing',
    spec: { ...mockca, retry: { budget: '-1h' } },
    refusal: field('spec.retry.budget', 'should match'),
  },
  {
    what: 'a first delay too short',
    spec: { ...mockca, retry: { minDelay: '10ms' } },
    refusal: field('spec.retry.minDelay', 'must be between 1s and 1h'),
  },
  {
    what: 'a longest delay too long',
    spec: { ...mockca, retry: { maxDelay: '48h' } },
    refusal: field('spec.retry.maxDelay', 'must be between 1s and 24h'),
  },
  {
    what: 'a longest delay below the first',
    spec: { ...mockca, retry: { minDelay: '1m', maxDelay: '30s' } },
    refusal: field('spec.retry.maxDelay', 'maxDelay must be at least minDelay'),
  },
  {
    what: 'a rate of nothing',
    spec: { ...mockca, rateLimit: { requests: 0 } },
    refusal: field('spec.rateLimit.requests', 'greater than or equal to 1'),
  },
  {
    what: 'a burst without a rate',
    spec: { ...mockca, rateLimit: { burst: 5 } },
    refusal: field('spec.rateLimit.requests', 'per and burst mean nothing without requests'),
  },
  {
    what: 'a time without a rate',
    spec: { ...mockca, rateLimit: { per: '1m', maxInFlight: 2 } },
    refusal: field('spec.rateLimit.requests', 'per and burst mean nothing without requests'),
  },
  {
    what: 'too much in flight',
    spec: { ...mockca, rateLimit: { maxInFlight: 1001 } },
    refusal: field('spec.rateLimit.maxInFlight', 'less than or equal to 1000'),
  },
];

/** Issuers of CRDs made for the two signers of test/unit/api/support/sample-signers.ts. */
export const sampleIssuerCases: readonly IssuerCase[] = [
  { what: 'the first signer with its block', spec: { signerType: 'paper', paper: { ink: 'black' } } },
  { what: 'the second signer with its block', spec: { signerType: 'wax', waxSeal: { grams: 5 } } },
  { what: 'a Secret where the other signer has a rule against it', spec: { signerType: 'wax', authSecretRef: { name: 'a' } } },
  {
    what: 'the block of another signer',
    spec: { signerType: 'paper', waxSeal: { grams: 5 } },
    refusal: field('spec.waxSeal', 'waxSeal belongs to signerType wax'),
  },
  {
    what: 'what a rule of the signer forbids',
    spec: { signerType: 'paper', authSecretRef: { name: 'a' } },
    refusal: field('spec.authSecretRef', 'paper needs no credentials'),
  },
  {
    what: 'a value that the block does not allow',
    spec: { signerType: 'wax', waxSeal: { grams: 51 } },
    refusal: field('spec.waxSeal.grams', 'less than or equal to 50'),
  },
];
