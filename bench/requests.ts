import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateRequest, IssuerRef } from '../src/api/certificate-request.ts';
import { certificateRequests } from '../src/api/resources.ts';
import type { KubeClient } from '../src/kube/client.ts';

/** The namespace all requests of the benchmark are in. */
export const benchNamespace = 'bench';
/** The issuer they name. */
export const benchIssuer = 'bench';

/** Requests of API objects that are under way at once; more does not make an API server on two cores faster. */
const parallel = 24;

/** Makes one CSR as cert-manager does (ECDSA P-256, one DNS name), base64 of PEM. */
export function makeCsr(): string {
  const dir = mkdtempSync(join(tmpdir(), 'external-issuer-bench-'));
  try {
    const key = join(dir, 'key.pem');
    execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key], { stdio: 'ignore' });
    const args = ['req', '-new', '-key', key, '-subj', '/', '-addext', 'subjectAltName=critical,DNS:bench.example.com'];
    return execFileSync('openssl', args).toString('base64');
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** A request as cert-manager makes it, for the mock CA in memory or another issuer; with another group it is for nobody. */
export function requestObject(name: string, csr: string, issuerRef: Partial<IssuerRef> = {}): CertificateRequest {
  return {
    metadata: { namespace: benchNamespace, name },
    spec: {
      request: csr,
      duration: '2160h0m0s',
      usages: ['digital signature', 'key encipherment', 'server auth'],
      issuerRef: { group: 'external-issuer.io', kind: 'ExternalClusterIssuer', name: benchIssuer, ...issuerRef },
    },
  };
}

/** Approves a request, as cert-manager's approver does. */
export async function approve(client: KubeClient, name: string): Promise<void> {
  await writeStatus(client, name, {
    conditions: [condition('Approved', 'cert-manager.io', 'Certificate request has been approved by cert-manager.io')],
  });
}

/** One status write of the size of an issued certificate, by server-side apply. */
export async function writeStatus(client: KubeClient, name: string, status: CertificateRequest['status']): Promise<void> {
  const object = { metadata: { namespace: benchNamespace, name }, status } as unknown as CertificateRequest;
  await client.apply(certificateRequests, object, { fieldManager: 'bench', subresource: 'status' });
}

/** A condition that is True. */
export function condition(
  type: string,
  reason: string,
  message: string,
): NonNullable<NonNullable<CertificateRequest['status']>['conditions']>[number] {
  return { type, status: 'True', reason, message, lastTransitionTime: `${new Date().toISOString().slice(0, 19)}Z` };
}

/** Runs `work` for each name, a bounded number at once; gives the milliseconds it took. */
export async function forEachName(
  names: readonly string[],
  work: (name: string) => Promise<unknown>,
  atOnce = parallel,
): Promise<number> {
  const started = performance.now();
  const rest = names.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const name of rest) await work(name);
    }),
  );
  return performance.now() - started;
}

/** `prefix-0` … `prefix-(count-1)`. */
export function namesOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/** Makes requests that are approved already. */
export async function createApproved(
  client: KubeClient,
  names: readonly string[],
  csr: string,
  issuerRef: Partial<IssuerRef> = {},
): Promise<void> {
  await forEachName(names, async (name) => {
    await client.create(certificateRequests, requestObject(name, csr, issuerRef));
    await approve(client, name);
  });
}
