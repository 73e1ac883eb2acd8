/**
 * Connections whose client has given up, and whose kernel has not: it goes on to send the request, and the end of the
 * connection behind it, until the server's kernel lets them in. They have no names, so they are counted: by how often
 * they have knocked, and when they do next.
 */

export interface Ghosts {
  /** A half-open connection has lost its client. */
  add(sinceBin: number, nowBin: number): void;
  /** How many knock in that bin. */
  knocking(bin: number): number;
  /** Of those that knock in that bin, so many were let in; the others knock again, or give up, too. Once a bin. */
  letIn(bin: number, count: number): void;
}

/**
 * @param knockBins when a connection knocks, in bins since it became half-open
 * @param most the kernel lets go at once of more than so many; null: of none
 */
export function createGhosts(knockBins: readonly number[], most: number | null): Ghosts {
  // A ring each: nothing is planned farther ahead than the last time to knock.
  const length = Math.max(0, ...knockBins) + 1;
  const due = knockBins.map(() => new Uint32Array(length));
  let all = 0;
  return {
    add(sinceBin, nowBin) {
      const knock = knockBins.findIndex((after) => sinceBin + after > nowBin);
      if (knock < 0 || (most !== null && all >= most)) return;
      due[knock][(sinceBin + knockBins[knock]) % length]++;
      all++;
    },
    knocking: (bin) => due.reduce((sum, counts) => sum + counts[bin % length], 0),
    letIn(bin, count) {
      let left = count;
      all -= count;
      for (let knock = 0; knock < due.length; knock++) {
        const out = due[knock][bin % length];
        due[knock][bin % length] = 0;
        const isIn = Math.min(left, out);
        left -= isIn;
        if (knock + 1 === due.length) all -= out - isIn;
        else due[knock + 1][(bin - knockBins[knock] + knockBins[knock + 1]) % length] += out - isIn;
      }
    },
  };
}
