import { printable } from '../../lib/printable.ts';
import { usageError } from '../deps.ts';

/** Checks the name of a request, which is also that of its files. @throws {CodedError} `Usage` */
export function checkRequestName(name: string): void {
  if (name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) return;
  const shown = printable(name.slice(0, 100));
  throw usageError(
    `NAME: "${shown}" cannot be the name of an object; use lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit`,
  );
}
