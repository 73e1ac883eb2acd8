/**
 * The units of fields, which stand in their names, and the units in which a rule may write its limit.
 */

/** The unit of a field: ms, s, bytes, per second, a ratio of 1, or none (a count). */
export type FieldUnit = 'ms' | 's' | 'B' | '/s' | 'ratio' | 'none';

/**
 * What a number in one of a rule's units is multiplied with, and divided by, to be in the field's. Two whole
 * numbers, so that 7 % are 0.07 and not nearly so. A unit that is not here does not fit the field.
 */
const CONVERSIONS: Record<FieldUnit, Record<string, [times: number, per: number]>> = {
  ms: { ms: [1, 1], s: [1000, 1] },
  s: { s: [1, 1], ms: [1, 1000] },
  B: { B: [1, 1], KB: [1024, 1], MB: [1024 ** 2, 1] },
  '/s': { '/s': [1, 1] },
  ratio: { '%': [1, 100] },
  none: {},
};

/** Whether a rule may use this unit at all. */
export function isUnit(text: string): boolean {
  return Object.values(CONVERSIONS).some((units) => Object.hasOwn(units, text));
}

/**
 * The unit in a field's name: `p99Ms`, `cpuS`, `rssBytes`, `bytesPerConnection`, `peakPerS`, `offeredRatio`.
 */
export function unitOfName(name: string): FieldUnit {
  if (name.endsWith('PerS')) return '/s';
  if (name.endsWith('Ms')) return 'ms';
  if (/[a-z]S$/.test(name)) return 's';
  if (/[bB]ytes(Per[A-Z][a-z]+)?$/.test(name)) return 'B';
  // RFC 5560 has names of its own for two ratios.
  if (/Ratio$|^duplicationFraction$|^replicatedRate$/.test(name)) return 'ratio';
  return 'none';
}

/** The units that fit a field, beside none at all. */
export function fittingUnits(field: FieldUnit): string[] {
  return Object.keys(CONVERSIONS[field]);
}

/** A limit as a rule writes it, in the field's unit; without a unit it is in that already. */
export function toFieldUnit(limit: number, unit: string | null, field: FieldUnit): number {
  const [times, per] = unit === null ? [1, 1] : CONVERSIONS[field][unit];
  return (limit * times) / per;
}

/** A field's value in the unit of a rule, free of the last digits that the conversion made up. */
export function toRuleUnit(value: number, unit: string | null, field: FieldUnit): number {
  if (unit === null) return value;
  const [times, per] = CONVERSIONS[field][unit];
  return Number(((value * per) / times).toPrecision(12));
}
