/**
 * Exact splitting: the parts always add up to the whole, and no two parts differ by more than one.
 */

/** Part `index` of `total` things dealt out to `parts`. */
export function shareOf(total: number, index: number, parts: number): number {
  return Math.floor(total / parts) + (index < total % parts ? 1 : 0);
}

/** How many of the first `total` things dealt out to `parts` went to parts before `index`. */
export function offsetOf(total: number, index: number, parts: number): number {
  return Math.floor(total / parts) * index + Math.min(index, total % parts);
}

/** What a part has of some things, and what the parts before it have. */
export interface Dealt {
  own: number;
  before: number;
}

/** Whether a thing is among the first `some` as they are dealt out: each part has the first ones of what it has of all. */
export function isAmong(
  thing: number,
  some: number,
  all: number,
  parts: number,
  deal: typeof dealTogether,
): boolean {
  for (let part = 0; part < parts; part++) {
    const { own, before } = deal(all, all, part, parts);
    if (thing < before + own) return thing - before < deal(some, all, part, parts).own;
  }
  return false;
}

/** Of the first `some` of `all` things, each part has its share. */
export function dealTogether(some: number, _all: number, index: number, parts: number): Dealt {
  return { own: shareOf(some, index, parts), before: offsetOf(some, index, parts) };
}

/** Of the first `some` of `all` things, the first parts have what they have of all, and the last have none. */
export function dealInTurn(some: number, all: number, index: number, parts: number): Dealt {
  const before = Math.min(some, offsetOf(all, index, parts));
  return { own: Math.min(some - before, shareOf(all, index, parts)), before };
}
