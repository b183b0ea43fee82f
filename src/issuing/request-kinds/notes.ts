/** Characters of one annotation or label; a longer one is left out, since a part of a value is another value. */
const longestValue = 2048;
/** Annotations, and labels, that are kept of one object. */
const mostNotes = 64;
/** Holds the whole object a second time. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
/** cert-manager's own annotations, which come first where there are too many. */
const certManagerPrefix = 'cert-manager.io/';
const none: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Annotations or labels as they are kept in memory for each unfinished request. All of them are what requesters write: up
 * to 256 KiB on one object.
 */
export function boundedNotes(notes: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  const fitting = Object.entries(notes ?? {}).filter(([key, value]) => key !== lastApplied && value.length <= longestValue);
  if (fitting.length === 0) return none;
  const [own, others] = [true, false].map((wanted) => fitting.filter(([key]) => key.startsWith(certManagerPrefix) === wanted));
  return Object.fromEntries([...(own ?? []), ...(others ?? [])].slice(0, mostNotes));
}
