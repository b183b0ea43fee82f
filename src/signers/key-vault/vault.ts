import type { Result } from '../../lib/result.ts';
import type { PublicKey } from '../../x509/public-key.ts';
import type { SignatureAlgorithm } from '../../x509/signature-algorithm.ts';
import type { CallContext } from '../signer.ts';

/** What was asked of a vault; each takes a permission of its own. */
export type VaultOperation =
  | 'keys/get'
  | 'keys/list'
  | 'keys/sign'
  | 'keys/create'
  | 'secrets/get'
  | 'secrets/set'
  | 'certificates/get';

/** Why a vault, or the way to it, did not do what was asked. */
export interface VaultProblem {
  readonly operation: VaultOperation;
  readonly code:
    /** No such key, secret, certificate or version; also one that is deleted and can be recovered. */
    | 'NotFound'
    /** A permission or role is missing, or a firewall or a private endpoint keeps the caller out; the message says which. */
    | 'Forbidden'
    /** The object is disabled, has expired or is not valid yet. */
    | 'Unusable'
    /** No token: Entra ID, or the endpoint of the identity, refused; or the vault did not take it, also a new one. */
    | 'Unauthorized'
    /** The key is there, and of a kind that no CA signs with here: another curve, a symmetric key. */
    | 'Unfit'
    | 'Throttled'
    /** 5xx, 408. */
    | 'Unavailable'
    /** The vault refuses the request as such: the algorithm does not fit the key, say. */
    | 'Refused'
    /** It exists already, deleted and not purged. */
    | 'Conflict'
    /** The answer is not what the vault's specification says. */
    | 'Invalid'
    /** Of the network: as http clients of this project name them (network/exchange.ts). */
    | 'CAUnreachable'
    | 'CATimeout'
    | 'TLSFailed'
    | 'AddressRefused'
    | 'ProxyFailed'
    | 'CAAnswerTooLarge'
    | 'RedirectRefused';
  /** For people, in whole sentences: what was asked of which vault, what came of it, and what to do: the permission or role that is missing. */
  readonly message: string;
  /** What the vault named, in milliseconds. */
  readonly afterMs?: number;
  readonly cause?: unknown;
}

/** The kinds of keys that a vault makes certificates with. */
export type VaultKeyType = 'RSA' | 'RSA-HSM' | 'EC' | 'EC-HSM';

/** A version of a key of a vault. */
export interface VaultKey {
  /** Its identifier: `https://VAULT/keys/NAME/VERSION`. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly type: VaultKeyType;
  readonly publicKey: PublicKey;
  /** Whether its operations allow `sign`. */
  readonly maySign: boolean;
  readonly enabled: boolean;
  /** Milliseconds since the epoch. */
  readonly notBefore?: number;
  readonly expiresOn?: number;
}

/** A version of a key as the list has it: its public key is not in it. */
export interface VaultKeyVersion {
  readonly version: string;
  readonly enabled: boolean;
  /** Milliseconds since the epoch. */
  readonly createdOn: number;
}

/** The key to be made. */
export type VaultKeyParameters =
  | { readonly type: 'RSA' | 'RSA-HSM'; readonly bits: 2048 | 3072 | 4096 }
  | { readonly type: 'EC' | 'EC-HSM'; readonly curve: 'P-256' | 'P-384' | 'P-521' };

/** A Key Vault, or a managed HSM, as one identity sees it. No call throws but for the signal's reason; none is repeated. */
export interface Vault {
  /** Without a slash at the end. */
  readonly url: string;
  /** The newest version where none is given. */
  getKey(name: string, version: string | undefined, context: CallContext): Promise<Result<VaultKey, VaultProblem>>;
  /** The newest first, at most 100. */
  listKeyVersions(name: string, context: CallContext): Promise<Result<readonly VaultKeyVersion[], VaultProblem>>;
  createKey(name: string, parameters: VaultKeyParameters, context: CallContext): Promise<Result<VaultKey, VaultProblem>>;
  /** Signs a digest, or hashes and signs: `tbs` is what is signed. The signature is as X.509 wants it. One call, no other. */
  sign(
    key: VaultKey,
    algorithm: SignatureAlgorithm,
    tbs: Uint8Array,
    context: CallContext,
  ): Promise<Result<Uint8Array, VaultProblem>>;
  getSecret(name: string, version: string | undefined, context: CallContext): Promise<Result<VaultSecret, VaultProblem>>;
  /** Makes a new version. */
  setSecret(name: string, value: string, context: CallContext): Promise<Result<VaultSecret, VaultProblem>>;
  /** The certificate alone: a vault keeps its chain, and its key, in the secret of the same name. */
  getCertificate(
    name: string,
    version: string | undefined,
    context: CallContext,
  ): Promise<Result<{ readonly id: string; readonly der: Uint8Array }, VaultProblem>>;
  /** The next call takes a new token over a new connection: what it has was refused. */
  forget(): void;
  close(): Promise<void>;
}

/** A version of a secret. */
export interface VaultSecret {
  readonly id: string;
  readonly value: string;
  readonly contentType?: string;
}
