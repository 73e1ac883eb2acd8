/**
 * The options of one phase, from everywhere they can be said: a default < the file's defaults < the phase < a
 * flag. Each keeps where it was said, so that what is wrong with it can be told there.
 */

import { LOAD_OPTIONS, type LoadKey, type LoadOptions, type Scenario } from '../model/scenario.ts';
import type { Path } from './problems.ts';

/** Where a value was said; null: nowhere, it is a default. */
export type Origin = { file: Path } | { flag: string } | null;

/** Tells what is wrong with what was said somewhere, and the lines that show it. */
export type Report = (origin: Origin, message: string, below?: string[]) => void;

/**
 * Tells what is wrong with an option of a phase, or with a part of it: a header by its name, a herd by its
 * index.
 */
export type Complain = (key: LoadKey, message: string, part?: string | number) => void;

/** The options that have no default: where nobody says them, the thing itself is left out. */
type WithoutDefault = 'target' | 'pid' | 'subprotocol' | 'ca';

/** All options of a phase. */
export type Options = { [K in Exclude<LoadKey, WithoutDefault>]: Exclude<LoadOptions[K], undefined> } & {
  [K in WithoutDefault]: LoadOptions[K];
};

export interface Merged {
  options: Options;
  /** Where an option was said, or a part of it: a header by its name, a herd by its index. */
  originOf(key: LoadKey, part?: string | number): Origin;
}

/** The name of an option's flag, without its placeholder. */
export function flagOf(key: LoadKey): string {
  return LOAD_OPTIONS[key].flag?.split(' ')[0] ?? key;
}

interface Layer {
  said: LoadOptions;
  origin: (key: LoadKey, ...parts: Path) => Origin;
}

/** Merges the options of the phase with this index. */
export function mergeOptions(scenario: Scenario, index: number, flags: LoadOptions): Merged {
  const strongestFirst: Layer[] = [
    { said: flags, origin: (key) => ({ flag: flagOf(key) }) },
    { said: scenario.phases[index], origin: (...path) => ({ file: ['phases', index, ...path] }) },
    { said: scenario.defaults ?? {}, origin: (...path) => ({ file: ['defaults', ...path] }) },
  ];
  const layerOf = (key: LoadKey) => strongestFirst.find(({ said }) => said[key] !== undefined);
  const keys = Object.keys(LOAD_OPTIONS) as LoadKey[];
  const values = keys.map((key) => [key, layerOf(key)?.said[key] ?? LOAD_OPTIONS[key].fallback]);
  const headers = mergeHeaders(strongestFirst);
  // Each objective is an option of its own, too.
  const objective = Object.assign({}, ...strongestFirst.toReversed().map(({ said }) => said.objective));
  return {
    options: { ...Object.fromEntries(values), headers: headers.values, objective } as Options,
    originOf(key, part) {
      const layer = key === 'headers' && part !== undefined ? headers.layers.get(part) : layerOf(key);
      return layer?.origin(key, ...(part === undefined ? [] : [part])) ?? null;
    },
  };
}

/**
 * Each header is an option of its own: to say one is not to take the others back. Case does not tell names
 * apart.
 */
function mergeHeaders(strongestFirst: readonly Layer[]) {
  const values: Record<string, string> = {};
  const layers = new Map<string | number, Layer>();
  const seen = new Set<string>();
  for (const layer of strongestFirst) {
    for (const [name, value] of Object.entries(layer.said.headers ?? {})) {
      if (seen.has(name.toLowerCase())) continue;
      seen.add(name.toLowerCase());
      values[name] = value;
      layers.set(name, layer);
    }
  }
  return { values, layers };
}
