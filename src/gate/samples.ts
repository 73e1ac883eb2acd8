/**
 * What a record holds at the path of a rule.
 */

/** One value, with the object in which it stands, which may say why there is none. */
export interface Sample {
  /** True and false are 1 and 0; null: not measured. */
  value: number | null;
  owner: Record<string, unknown>;
}

/**
 * The values at a path of a phase, one for each element of the lists on the way. None: the phase lacks the
 * object that would have the value.
 */
export function samplesAt(phase: object, path: readonly string[]): Sample[] {
  return collect(phase, path, phase);
}

function collect(at: unknown, path: readonly string[], owner: object): Sample[] {
  if (Array.isArray(at)) return at.flatMap((element) => collect(element, path, owner));
  if (path.length === 0) return [{ value: numberOf(at), owner: owner as Sample['owner'] }];
  if (typeof at !== 'object' || at === null) return [];
  const [key, ...rest] = path;
  return collect(Object.hasOwn(at, key) ? (at as Sample['owner'])[key] : null, rest, at);
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' ? value : null;
}
