/** Numbers in an order that a bad server might deliver them in. */

import fc from '../support/properties.ts';

/** 1 to n, of which some are lost, some come again, and some come late. */
export const disturbed = fc
  .array(fc.record({ lost: fc.boolean(), copies: fc.nat(3), late: fc.nat(12), lateAgain: fc.nat(30) }), {
    maxLength: 60,
  })
  .map((fates) =>
    fates
      .flatMap(({ lost, copies, late, lateAgain }, i) =>
        lost && late > 6
          ? []
          : [
              { seq: i + 1, at: i + (late > 8 ? 3 * (late - 8) : 0) },
              ...Array.from({ length: Math.max(0, copies - 1) }, (_, copy) => ({
                seq: i + 1,
                at: i + lateAgain * (copy + 1),
              })),
            ],
      )
      .sort((a, b) => a.at - b.at)
      .map(({ seq }) => seq),
  );

/** Few numbers, many times each, in any order. */
export const anything = fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 60 });

/** 1 to n in any order, each once. */
export const permuted = fc.nat(40).chain((n) =>
  fc.shuffledSubarray(
    Array.from({ length: n }, (_, i) => i + 1),
    { minLength: n },
  ),
);
