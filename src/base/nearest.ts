/**
 * "Did you mean …?": the name that somebody probably wanted to write.
 */

/** A name that is farther from what was written, in parts of its length, is not what was meant. */
const FARTHEST = 0.4;

/** The nearest of the names to what was written, or null if none is near. Case, `-` and `_` do not count. */
export function nearest(written: string, names: readonly string[]): string | null {
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, '');
  let best: string | null = null;
  let bestDistance = Math.floor(written.length * FARTHEST) + 1;
  for (const name of names) {
    const distance = editDistance(plain(written), plain(name));
    if (distance >= bestDistance) continue;
    best = name;
    bestDistance = distance;
  }
  return best;
}

/** Letters to insert, leave out, replace, or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}
