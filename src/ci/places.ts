/**
 * Where the rules of a scenario stand, so that one that failed can be shown beside its line.
 */

import { relative, resolve, sep } from 'node:path';
import { loadScenario } from '../scenario/load.ts';
import type { Place } from '../scenario/problems.ts';

/**
 * The place of a rule, with a path from the root of the repository. Null: the rule was a flag, the file is not in
 * the repository, or it is no longer there.
 */
export function rulePlaces(file: string | undefined, root: string): (rule: string) => Place | null {
  if (file === undefined) return () => null;
  const path = relative(root, resolve(file));
  const isInside = !path.startsWith(`..${sep}`) && resolve(root, path) === resolve(file);
  if (!isInside) return () => null;
  const places = placesIn(file);
  return (rule) => {
    const place = places.get(rule) ?? null;
    return place && { ...place, file: path.replaceAll(sep, '/') };
  };
}

function placesIn(file: string): Map<string, Place> {
  try {
    const { scenario, placeOf } = loadScenario(file);
    const rules = (scenario.gate ?? []).map((text, i) => [text.trim(), placeOf(['gate', i])] as const);
    // A record has no lines.
    return new Map(
      rules.flatMap(([text, place]) => (place === null || place.line === 0 ? [] : [[text, place]])),
    );
  } catch {
    // It was right when the run began, and is not any more.
    return new Map();
  }
}
