/**
 * What is due when, for millions of things at once. Things that are due in the same bin of time lie side by side, in
 * chunks of one array: a list from thing to thing would wait for memory at each step, and a bin of its own array would be
 * made anew again and again. Nothing is allocated once it is made.
 *
 *     counts  [ 0, 6, 0, 1, … ]
 *     heads   [ -, 2, -, 0, … ]              due in bin 1: the things of chunk 2, then those of chunk 1; in bin 3: 5
 *     links   [ -, -, 1, … ]
 *     things  [ 5 - - - | 7 4 9 1 | 8 3 - - | … ]
 */

/** As many are taken at once, at the most. */
export const CHUNK = 32;
const NONE = -1;

export interface Calendar {
  /** Plans `thing`. What lies beyond the last bin never comes. */
  plan(thing: number, bin: number): void;
  /** How many are due in that bin. */
  due(bin: number): number;
  /** Gives some of the things due in that bin, which are not planned any more, and says how many; 0: there are none. */
  take(bin: number, into: Int32Array): number;
}

/** @param plans how many there may be at once */
export function createCalendar(plans: number, bins: number): Calendar {
  // Each bin that has any has a chunk that is not full.
  const chunks = Math.ceil(plans / CHUNK) + Math.min(plans, bins);
  const things = new Int32Array(chunks * CHUNK);
  const links = new Int32Array(chunks);
  /** The chunk of each bin that is not full; without meaning where nothing is due. */
  const heads = new Int32Array(bins);
  const counts = new Uint32Array(bins);
  /** The first of those that were given back, and of those that were never used. */
  let free = NONE;
  let unused = 0;

  function newChunk(): number {
    if (free === NONE) return unused++;
    const chunk = free;
    free = links[chunk];
    return chunk;
  }

  return {
    plan(thing, bin) {
      if (bin >= bins) return;
      const place = counts[bin]++ % CHUNK;
      if (place === 0) {
        const chunk = newChunk();
        links[chunk] = heads[bin];
        heads[bin] = chunk;
      }
      things[heads[bin] * CHUNK + place] = thing;
    },
    due: (bin) => counts[bin],
    take(bin, into) {
      if (counts[bin] === 0) return 0;
      const chunk = heads[bin];
      const count = ((counts[bin] - 1) % CHUNK) + 1;
      for (let i = 0; i < count; i++) into[i] = things[chunk * CHUNK + i];
      counts[bin] -= count;
      heads[bin] = links[chunk];
      links[chunk] = free;
      free = chunk;
      return count;
    },
  };
}
