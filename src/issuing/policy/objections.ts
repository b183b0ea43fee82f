import { defaultAllowedUsages, type PolicyRule } from '../../api/policy-fields.ts';
import { formatDuration } from '../../lib/duration.ts';
import { oneLine } from '../../lib/one-line.ts';
import type { KeyType } from '../../x509/public-key.ts';
import { resolveUsages } from '../../x509/usages.ts';
import type { PolicySubject } from './contract.ts';
import { rangeCheck } from './address-ranges.ts';
import { dnsNameCheck } from './dns-names.ts';
import { emailCheck, uriCheck } from './patterns.ts';
import { subjectObjection } from './subject.ts';

type Allow = PolicyRule['allow'];
type Wanted = PolicySubject['wanted'];

/** Characters of a value that is repeated. */
const longestValue = 100;
/** What a CA certificate is for besides; `isCA` of the rule allows it. */
const caUsages = ['cert sign', 'crl sign'];

/** The first thing that a request asks for and a rule does not allow, a clause with the field of the rule; undefined where it allows all. */
export function objectionTo({ allow }: PolicyRule, wanted: Wanted): string | undefined {
  return (
    nameObjection(allow, wanted) ??
    subjectObjection(allow, wanted.csr) ??
    keyObjection(allow, wanted.csr.keyType) ??
    usageObjection(allow, wanted) ??
    caObjection(allow, wanted) ??
    durationObjection(allow, wanted)
  );
}

function nameObjection(allow: Allow, { csr: { sans } }: Wanted): string | undefined {
  const dns = firstOther(sans.dns, dnsNameCheck(allow.dnsNames));
  if (dns !== undefined) return notAllowed('DNS name', dns, 'dnsNames');
  const ip = firstOther(sans.ip, rangeCheck(allow.ipRanges));
  if (ip !== undefined) return notAllowed('IP address', ip, 'ipRanges');
  const uri = firstOther(sans.uri, uriCheck(allow.uriPrefixes));
  if (uri !== undefined) return notAllowed('URI', uri, 'uriPrefixes');
  const email = firstOther(sans.email, emailCheck(allow.emailAddresses));
  if (email !== undefined) return notAllowed('email address', email, 'emailAddresses');
  const [other] = sans.otherName;
  if (other !== undefined)
    return `no rule can allow the otherName ${oneLine(other.oid, longestValue)}; leave it out of the request`;
  const [unsupported] = sans.unsupported;
  if (unsupported === undefined) return undefined;
  return `no rule can allow the alternative name ${oneLine(unsupported, longestValue)}; leave it out of the request`;
}

function firstOther(names: readonly string[], isAllowed: (name: string) => boolean): string | undefined {
  return names.find((name) => !isAllowed(name));
}

function keyObjection({ keys }: Allow, key: KeyType): string | undefined {
  if (keys === undefined) return undefined;
  const { algorithm, size } = measureOf(key);
  const fits = keys.some(
    ({ algorithm: allowed, minSize = 0, maxSize = Infinity }) =>
      allowed === algorithm && (size === undefined || (size >= minSize && size <= maxSize)),
  );
  return fits ? undefined : notAllowed('key', size === undefined ? algorithm : `${algorithm} ${size} bits`, 'keys');
}

function measureOf(key: KeyType): { readonly algorithm: 'RSA' | 'ECDSA' | 'Ed25519'; readonly size?: number } {
  if (key.kind === 'rsa') return { algorithm: 'RSA', size: key.bits };
  return key.kind === 'ec' ? { algorithm: 'ECDSA', size: Number(key.curve.slice(2)) } : { algorithm: 'Ed25519' };
}

function usageObjection({ usages = defaultAllowedUsages, isCA }: Allow, wanted: Wanted): string | undefined {
  const allowed = new Set(meaningsOf(isCA && wanted.isCA ? [...usages, ...caUsages] : usages));
  const beyond = wanted.usages.find((usage) => {
    const meanings = meaningsOf([usage]);
    return meanings.length === 0 || !meanings.every((meaning) => allowed.has(meaning));
  });
  return beyond === undefined ? undefined : notAllowed('usage', beyond, 'usages');
}

/** What usages put into a certificate: some have two names ("signing" is "digital signature"). */
function meaningsOf(names: readonly string[]): readonly (number | string)[] {
  const { keyUsage, extendedKeyUsage } = resolveUsages(names).usages;
  return [...keyUsage, ...extendedKeyUsage];
}

function caObjection({ isCA }: Allow, { csr: { requested }, ...wanted }: Wanted): string | undefined {
  const asks = wanted.isCA || requested.basicConstraints?.cA === true || requested.nameConstraints !== undefined;
  return asks && !isCA ? 'it allows no CA certificate (allow.isCA)' : undefined;
}

function durationObjection({ maxDuration }: Allow, { durationSeconds }: Wanted): string | undefined {
  if (maxDuration === undefined || durationSeconds * 1000 <= maxDuration) return undefined;
  const [asked, most] = [durationSeconds * 1000, maxDuration].map(formatDuration);
  return `it allows ${most} at most, and ${asked} is asked for (allow.maxDuration)`;
}

function notAllowed(what: string, value: string, field: keyof Allow): string {
  return `it does not allow the ${what} "${oneLine(value, longestValue)}" (allow.${field})`;
}
