/**
 * What is left of a scenario when its faults are taken out, so that the rest can be checked in the same go.
 */

import type { Scenario } from '../model/scenario.ts';
import type { Misfit } from './explain.ts';
import type { Path } from './problems.ts';

/** Options that are many, each with a meaning of its own. */
const MANY: ReadonlySet<string | number | undefined> = new Set([
  'herds',
  'sweep',
  'headers',
  'gate',
  'faults',
]);

/**
 * A copy of the data without what does not fit the schema. What is taken out of a list leaves a hole, so that
 * the other elements keep their places; `forEach` and its like pass over holes.
 */
export function mend(data: unknown, misfits: readonly Misfit[]): Scenario {
  const whole = { scenario: structuredClone(data) };
  for (const { path } of misfits) cutOut(whole, ['scenario', ...path.slice(0, depthOf(path))]);
  const mended = (whole.scenario ?? {}) as Partial<Scenario>;
  return { ...mended, phases: mended.phases ?? [] };
}

/**
 * How much of a path is taken out: an option as a whole, for in part it would say something else, or one of
 * many.
 */
function depthOf(path: Path): number {
  const option = path[0] === 'phases' ? 2 : path[0] === 'defaults' ? 1 : 0;
  return MANY.has(path[option]) ? option + 2 : option + 1;
}

function cutOut(from: object, path: Path): void {
  const owner = path.slice(0, -1).reduce<unknown>((at, step) => childOf(at, step), from);
  const key = path[path.length - 1];
  if (typeof owner !== 'object' || owner === null || !Object.hasOwn(owner, key)) return;
  const values = owner as Record<string | number, unknown>;
  // A phase keeps its name, be it a bad one: the rules that use it must not seem to be wrong as well.
  if (key === 'name' && path.length === 4) values[key] = String(values[key]);
  else delete values[key];
}

function childOf(at: unknown, step: string | number): unknown {
  return typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined;
}
