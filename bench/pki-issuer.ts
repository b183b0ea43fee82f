import { mustKubectl } from '../test/controlplane/kubectl.ts';
import type { World } from '../test/e2e/support/world.ts';
import type { BenchCaFiles } from './mock-ca.ts';

/** Loopback addresses are refused without it. */
export const pkiControllerArgs = ['--allow-ca-addresses=127.0.0.1'];

/** Requests that an issuer has with its CA at once where its author says nothing (docs/issuers.md). */
export const defaultInFlight = 32;

/** What is sent to the mock CA for a certificate; `csr` as PEM, or as the placeholder for it. */
export function signBody(csr: string, days: number | string): Readonly<Record<string, string | number>> {
  return { csr, validity_days: days };
}

/** Makes the Secret and the ConfigMap that the issuers of the benchmark refer to. */
export async function applyReferences(world: World, { certificatePem, token }: BenchCaFiles): Promise<void> {
  const metadata = { name: 'bench-ca', namespace: 'external-issuer-system' };
  await applyAll(world, [
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { token } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': certificatePem } },
  ]);
}

/** Makes an issuer of type pki, as users write it: no limit is set, so the defaults hold. */
export async function applyPkiIssuer(world: World, name: string, baseUrl: string): Promise<void> {
  const spec = {
    signerType: 'pki',
    authSecretRef: { name: 'bench-ca' },
    pki: {
      baseUrl,
      auth: { type: 'bearer' },
      tls: { caConfigMapRef: { name: 'bench-ca' } },
      steps: [{ name: 'sign', url: '/sign', body: { json: signBody('{{ csr.pem }}', '{{ duration.days | json }}') } }],
      response: { format: 'json', certificateField: 'certificate_chain', caField: 'ca', errorField: 'details' },
      check: { url: '/health' },
    },
  };
  await applyAll(world, [
    { apiVersion: 'external-issuer.io/v1alpha1', kind: 'ExternalClusterIssuer', metadata: { name }, spec },
  ]);
}

/** Waits until an issuer is Ready. */
export async function untilIssuerReady({ plane }: World, name: string): Promise<void> {
  await mustKubectl(plane.kubectl, ['wait', '--for=condition=Ready', '--timeout=60s', `externalclusterissuer/${name}`]);
}

/** Takes an issuer away. */
export async function deleteIssuer({ plane }: World, name: string): Promise<void> {
  await mustKubectl(plane.kubectl, ['delete', `externalclusterissuer/${name}`]);
}

async function applyAll(world: World, objects: readonly object[]): Promise<void> {
  // YAML holds JSON.
  await world.apply(objects.map((object) => JSON.stringify(object)).join('\n---\n'));
}
