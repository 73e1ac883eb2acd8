/**
 * A calendar of what is due, for millions of things at once: a ring of bins, each the head of a list that runs through
 * one array. Nothing is allocated once it is made, and to plan and to take are a few array accesses.
 *
 *     heads   [ -, 7, -, 2, … ]        bin of now + 1: 7 → 4; bin of now + 3: 2
 *     next    [ …, 4: -, …, 7: 4, … ]
 */

const NONE = -1;

export interface Wheel {
  /** Plans `thing`, which must not be planned already, for so many bins from now: 1 to the size of the ring. */
  plan(thing: number, bins: number): void;
  /** Goes to the next bin; `take` gives what is due in it. */
  turn(): void;
  /** One of the things that are due now, which is not planned any more; -1: there is none left. */
  take(): number;
}

/**
 * @param things they are called 0 to this
 * @param bins how far ahead something may be planned
 */
export function createWheel(things: number, bins: number): Wheel {
  const heads = new Int32Array(bins + 1).fill(NONE);
  const next = new Int32Array(things);
  let now = 0;

  return {
    plan(thing, ahead) {
      const bin = (now + ahead) % heads.length;
      next[thing] = heads[bin];
      heads[bin] = thing;
    },
    turn() {
      now = (now + 1) % heads.length;
    },
    take() {
      const thing = heads[now];
      if (thing !== NONE) heads[now] = next[thing];
      return thing;
    },
  };
}
