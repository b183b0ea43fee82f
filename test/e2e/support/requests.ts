import assert from 'node:assert/strict';
import type { CertificateRequest, IssuerRef } from '../../../src/api/certificate-request.ts';
import { findCondition, type Condition } from '../../../src/api/conditions.ts';
import { certificateRequests } from '../../../src/api/resources.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { ObjectKey } from '../../../src/kube/resource.ts';

/** A CertificateRequest that a test makes itself, without a Certificate. */
export interface WantedRequest {
  readonly namespace: string;
  readonly name: string;
  /** PEM; or, as bytes, whatever is to be in `spec.request`. */
  readonly csr: string | Uint8Array;
  readonly issuerRef: IssuerRef;
  readonly duration?: string;
  readonly usages?: readonly string[];
  readonly isCA?: boolean;
}

export function requestObject({ namespace, name, csr, ...rest }: WantedRequest): CertificateRequest {
  return { metadata: { namespace, name }, spec: { request: Buffer.from(csr).toString('base64'), ...rest } };
}

/** Sets the conditions of an approver, all in one write. */
export async function judge(
  admin: KubeClient,
  { namespace = '', name }: ObjectKey,
  ...types: readonly ('Approved' | 'Denied' | 'InvalidRequest')[]
): Promise<void> {
  const lastTransitionTime = `${new Date().toISOString().slice(0, 19)}Z`;
  const conditions = types.map((type) => ({ type, status: 'True', reason: 'Test', message: 'By a test.', lastTransitionTime }));
  const object = { metadata: { namespace, name }, status: { conditions } } as unknown as CertificateRequest;
  await admin.apply(certificateRequests, object, { fieldManager: `test-approver-${types.join('-')}`, subresource: 'status' });
}

export function readyOf(object: { readonly status?: { readonly conditions?: readonly Condition[] } }): Condition | undefined {
  return findCondition(object.status?.conditions, 'Ready');
}

/** Checks what the status of a request that was given up must hold besides its Ready condition. `asked` is in ms. */
export function assertFailedSince({ status }: CertificateRequest, asked: number): void {
  const failedAt = Date.parse(status?.failureTime ?? '');
  const asSeconds = Math.floor(asked / 1000) * 1000;
  assert.ok(failedAt >= asSeconds && failedAt <= Date.now(), status?.failureTime);
  assert.equal(status?.certificate, undefined);
}

/** Accepts what has that reason in its Ready condition and, where given, words in its message. */
export function hasReason(
  reason: string,
  words = /(?:)/,
): (object: { readonly status?: { readonly conditions?: readonly Condition[] } }) => boolean {
  return (object) => readyOf(object)?.reason === reason && words.test(readyOf(object)?.message ?? '');
}
