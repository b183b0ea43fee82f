import type { AuthorityParameters, CertificateAuthority } from './authority.ts';

/**
 * The CAs that live in memory, one for each issuer while its parameters stay the same. An issuer that is opened anew, because
 * something else in it changed, keeps its CA.
 */
export interface MockCaStore {
  /** The issuer's CA; made where there is none yet, or where the parameters are others. Opened twice at once, it is made once. */
  get(issuerUid: string, parameters: AuthorityParameters): Promise<CertificateAuthority>;
  forget(issuerUid: string): void;
}

/** Makes an empty store; `create` makes a CA. */
export function createMockCaStore(create: (parameters: AuthorityParameters) => Promise<CertificateAuthority>): MockCaStore {
  const kept = new Map<string, { readonly key: string; readonly authority: Promise<CertificateAuthority> }>();
  return {
    get(issuerUid, parameters) {
      const key = JSON.stringify(parameters);
      const found = kept.get(issuerUid);
      if (found?.key === key) return found.authority;
      const entry = { key, authority: create(parameters) };
      kept.set(issuerUid, entry);
      entry.authority.catch(() => {
        if (kept.get(issuerUid) === entry) kept.delete(issuerUid);
      });
      return entry.authority;
    },
    forget: (issuerUid) => void kept.delete(issuerUid),
  };
}
