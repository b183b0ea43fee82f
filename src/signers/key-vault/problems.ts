import type { CaProblem } from '../ca/contract.ts';
import type { IssuerBroken } from '../signer.ts';
import type { VaultProblem } from './vault.ts';

/** What waiting may mend, and the code it has then. */
const passing = {
  Throttled: 'CAThrottled',
  Unavailable: 'CAUnavailable',
  Invalid: 'CAResponseInvalid',
  CAUnreachable: 'CAUnreachable',
  CATimeout: 'CATimeout',
  TLSFailed: 'TLSFailed',
  ProxyFailed: 'ProxyFailed',
  CAAnswerTooLarge: 'CAAnswerTooLarge',
} as const satisfies Partial<Record<VaultProblem['code'], string>>;

/** What somebody has to change: in the issuer, in the vault, or in the rights of the identity. */
const lasting = {
  Unauthorized: 'CAAuthRefused',
  Forbidden: 'CAAuthRefused',
  NotFound: 'ConfigError',
  Refused: 'ConfigError',
  Unfit: 'ConfigError',
  Conflict: 'ConfigError',
  Unusable: 'KeyUnusable',
  AddressRefused: 'AddressRefused',
  RedirectRefused: 'RedirectRefused',
} as const satisfies Record<Exclude<VaultProblem['code'], keyof typeof passing>, string>;

/** How an issuer takes a problem of its vault. None of them is the fault of one request, so that none fails a request. */
export function problemOf({ operation, code, message, afterMs, cause }: VaultProblem): CaProblem {
  const because = cause === undefined ? {} : { cause };
  if (isPassing(code)) {
    const later = afterMs === undefined ? {} : { afterMs };
    return { outcome: 'retry', code: passing[code], message, ...later, ...because };
  }
  const isOfKey = code !== 'Unusable' || operation.startsWith('keys/');
  return { outcome: 'issuer-broken', code: isOfKey ? lasting[code] : 'ConfigError', message, ...because };
}

/** A problem that was found in what the vault gave. */
export function broken(code: 'CAMismatch' | 'ConfigError' | 'KeyUnusable', message: string): IssuerBroken {
  return { outcome: 'issuer-broken', code, message };
}

function isPassing(code: VaultProblem['code']): code is keyof typeof passing {
  return Object.hasOwn(passing, code);
}
