/** No key of ours is longer; a longer one is not compared. */
const longestKey = 64;

/**
 * The known key that `key` was probably meant to be, for "did you mean": the same letters but for case, hyphens and
 * underscores, else the nearest within a third of its length (insertions, deletions, replacements, swapped neighbours).
 */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  if (key.length > longestKey) return undefined;
  const wanted = bare(key);
  let nearest: string | undefined;
  let least = Math.floor(key.length / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, bare(candidate));
    if (distance < least) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
}

function bare(key: string): string {
  return key.toLowerCase().replaceAll(/[-_]/g, '');
}

/** The optimal string alignment distance, by rows. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, at(beforeLast, j - 2) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
