import { nearestKey } from '../../lib/nearest-key.ts';
import { printable } from '../../lib/printable.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { ManifestObject } from './objects.ts';

type ManifestIssuer = Extract<ManifestObject, { is: 'issuer' }>;

/**
 * The issuer that is meant, of those that the files hold.
 * @param wanted the value of --issuer: a name, or kind/name where issuers of both kinds have that name.
 */
export function chooseIssuer(
  issuers: readonly ManifestIssuer[],
  files: readonly string[],
  wanted: string | undefined,
): Result<ManifestIssuer, string> {
  const [first] = issuers;
  if (first === undefined) {
    return err(`-f: there is no ExternalIssuer or ExternalClusterIssuer in ${files.join(', ')}; add the file that has it`);
  }
  const matching = wanted === undefined ? issuers : issuers.filter((issuer) => matches(issuer, wanted));
  const [chosen, another] = matching;
  if (chosen !== undefined && another === undefined) return ok(chosen);
  const names = issuers.map(nameOf);
  if (chosen !== undefined) return err(`--issuer: say which of the issuers is meant: ${matching.map(nameOf).join(', ')}`);
  const meant = nearestKey(wanted ?? '', [...names, ...issuers.map(({ object }) => object.metadata.name)]);
  const advice = meant === undefined ? `there are ${names.join(', ')}` : `did you mean "${meant}"?`;
  return err(`--issuer: there is no issuer "${printable((wanted ?? '').slice(0, 100))}" in ${files.join(', ')}; ${advice}`);
}

function matches({ names, object }: ManifestIssuer, wanted: string): boolean {
  return wanted === object.metadata.name || wanted === nameOf({ names, object });
}

function nameOf({ names, object }: Pick<ManifestIssuer, 'names' | 'object'>): string {
  return `${names.kind}/${object.metadata.name}`;
}
