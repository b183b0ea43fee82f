import type { Result } from '../../lib/result.ts';
import type { PublicKey } from '../../x509/public-key.ts';
import type { SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import type { CallContext, IssuerBroken, Retry } from '../signer.ts';

/** Why a CA cannot be fetched, or its key does not sign: outcomes as signers give them, with their stable codes. */
export type CaProblem = Retry | IssuerBroken;

/**
 * The private key of a CA, wherever it is: in a vault, a KMS, an HSM or in memory. It is never seen here; it signs. This is the
 * seam for further holders of keys, see docs/writing-a-ca-key.md.
 */
export interface CaKey {
  /** Where it is, with its version, for status and messages: `https://team.vault.azure.net/keys/ca/0123…`. */
  readonly id: string;
  readonly publicKey: PublicKey;
  /** What it can sign with, its default first; not empty. */
  readonly algorithms: readonly SignatureAlgorithm[];
  /**
   * Signs the DER of a TBSCertificate; hashes it where its holder wants a digest. Gives the signature as X.509 wants it
   * (ECDSA: DER of r and s). Whether it is right is checked by the caller.
   */
  sign(algorithm: SignatureAlgorithm, tbs: Uint8Array, context: CallContext): Promise<Result<Uint8Array, CaProblem>>;
}

/** A CA as its holder gives it: not yet known to be one, nor its key to be that of the certificate. */
export interface HeldCa {
  /** The CA certificate and those above it, in any order. */
  readonly certificatePem: string;
  /** Where the certificate was found, for messages: `the secret "ca" of https://team.vault.azure.net`. */
  readonly where: string;
  readonly key: CaKey;
  /** What somebody should see to: a newer version of the key that has no certificate yet, say. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Who holds a CA. */
export interface CaHolder {
  /**
   * Fetches the certificate and finds the key that belongs to it. Called by every check, and by signing only before the first
   * one: in steady state a certificate costs one `sign` and nothing else.
   */
  load(context: CallContext): Promise<Result<HeldCa, CaProblem>>;
  /** Frees connections and keys. */
  close(): Promise<void>;
}

/** What an issuer says about how its CA signs, besides who holds it. */
export interface CaSettings {
  /** From the block on, for messages: `keyVault.signatureAlgorithm`. */
  readonly signatureAlgorithmField: string;
  readonly signatureAlgorithm?: SignatureAlgorithm;
  /** What ca.crt is to hold in place of the root, PEM: old and new root while a CA is being replaced. */
  readonly caBundlePem?: string;
  /** Which key signs, as far as is known before it is fetched, for a dry run: `the key "ca" of https://team.vault.azure.net`. */
  readonly keyWords?: string;
}
