import { momentText } from '../../lib/moment.ts';
import type { HeldCa } from '../ca/contract.ts';
import type { VaultKey } from './vault.ts';

const thirtyDaysMs = 30 * 86_400_000;

/**
 * Why the vault will not sign with a key at `now` (milliseconds since the epoch), in sentences, with what to do; undefined where
 * it will. A vault refuses so: https://learn.microsoft.com/azure/key-vault/keys/about-keys-details#key-attributes
 */
export function whyUnusable({ id, enabled, notBefore, expiresOn, maySign }: VaultKey, now: number): string | undefined {
  const change = (option: string): string => `az keyvault key set-attributes --id ${id} ${option}`;
  const orMove = 'or store a CA certificate for another version of the key';
  if (!enabled) {
    return `The key ${id} is disabled, so that the vault does not sign with it. Enable it (${change('--enabled true')}), ${orMove}.`;
  }
  if (expiresOn !== undefined && expiresOn <= now) {
    return (
      `The key ${id} expired at ${momentText(expiresOn)}, so that the vault does not sign with it. ` +
      `Set a later time (${change('--expires TIME')}), ${orMove}.`
    );
  }
  if (notBefore !== undefined && notBefore > now) {
    return (
      `The key ${id} is not valid before ${momentText(notBefore)}, so that the vault does not sign with it. ` +
      `Wait, or set an earlier time (${change('--not-before TIME')}); check the clock of the controller too.`
    );
  }
  if (!maySign) {
    return `The operations of the key ${id} do not allow sign. Allow it (${change('--ops sign')}), ${orMove}.`;
  }
  return undefined;
}

/** Says of a key that works when the vault will stop signing with it, if that is soon. */
export function expiryWarnings({ id, expiresOn }: VaultKey, now: number): HeldCa['warnings'] {
  if (expiresOn === undefined || expiresOn - now >= thirtyDaysMs) return [];
  const message =
    `The key ${id} expires at ${momentText(expiresOn)}: the vault does not sign with it after that, whatever the CA certificate says. ` +
    `Set a later time (az keyvault key set-attributes --id ${id} --expires TIME), or move to a new version in time.`;
  return [{ code: 'KeyExpiresSoon', message }];
}
