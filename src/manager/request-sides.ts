import { group } from '../api/group.ts';
import { createReferenceGuard } from '../issuing/reference-guard.ts';
import { certificateRequestKind } from '../issuing/request-kinds/certificate-request.ts';
import { signingRequestKind } from '../issuing/request-kinds/signing-request.ts';
import type { RequestKindName } from '../issuing/request-view.ts';
import { createRequestSide, type RequestSide, type SharedByKinds } from './request-side.ts';
import type { TermDeps } from './term-deps.ts';

/** Makes a side for each kind of request that is to be signed. */
export function createRequestSides(deps: TermDeps, shared: SharedByKinds): readonly RequestSide[] {
  const { client, clock } = deps;
  const sides: Readonly<Record<RequestKindName, () => RequestSide>> = {
    // Newer CRDs of cert-manager serve a field selector on the issuer's group (selectableFields).
    CertificateRequest: () =>
      createRequestSide({ kind: certificateRequestKind, fieldSelector: `spec.issuerRef.group=${group}` }, deps, shared),
    // A field selector on spec.signerName takes whole names only, and there is one for each issuer.
    CertificateSigningRequest: () =>
      createRequestSide({ kind: signingRequestKind, guard: createReferenceGuard(client, clock.now) }, deps, shared),
  };
  return deps.requestKinds.map((kind) => sides[kind]());
}
