import { nearestKey } from '../../lib/nearest-key.ts';
import { printable } from '../../lib/printable.ts';
import { usageNames } from '../../x509/usages.ts';
import { usageError } from '../deps.ts';

/** What a client certificate is for: it proves who calls. */
const clientUsages = ['digital signature', 'client auth'];

/** The usages that `--usage` names, each written as `client-auth` or "client auth". @throws {CodedError} `Usage` */
export function readUsageArguments(given: readonly string[] | undefined): readonly string[] {
  if (given === undefined || given.length === 0) return clientUsages;
  return [...new Set(given.map(readUsage))];
}

function readUsage(text: string): string {
  const bare = (name: string): string =>
    name
      .toLowerCase()
      .replaceAll(/[-_ ]+/g, ' ')
      .trim();
  const known = usageNames.find((name) => bare(name) === bare(text));
  if (known !== undefined) return known;
  const meant = nearestKey(text, usageNames);
  const advice = meant === undefined ? `there are ${usageNames.join(', ')}` : `did you mean "${meant}"?`;
  throw usageError(`--usage: "${printable(text.slice(0, 60))}" is no usage; ${advice}`);
}
