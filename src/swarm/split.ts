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
