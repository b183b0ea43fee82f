import { systemClock } from '../../src/lib/clock.ts';
import { createMockCaSigner } from '../../src/signers/mock-ca/mock-ca.ts';
import type { MockCaConfig } from '../../src/signers/mock-ca/schema.ts';
import type { Signer } from '../../src/signers/signer.ts';
import { describeSigner } from './signer-conformance.ts';

async function open(config: MockCaConfig): Promise<Signer> {
  const opened = await createMockCaSigner({ clock: systemClock }).open({
    config,
    issuerUid: 'uid',
    issuer: { kind: 'ExternalIssuer', name: 'ca', namespace: 'team-a' },
    references: new Map(),
  });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

describeSigner({ name: 'mockca with ECDSA', open: () => open({}) });
describeSigner({ name: 'mockca with RSA', open: () => open({ keyAlgorithm: 'RSA' }), signs: { keys: ['ECDSA P-256'] } });
describeSigner({ name: 'mockca with Ed25519', open: () => open({ keyAlgorithm: 'Ed25519' }), signs: { keys: ['RSA 2048'] } });
