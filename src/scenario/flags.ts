/**
 * What is said beside the scenario, by flags or by a caller, checked by the same definitions as a file.
 */

import { z } from 'zod';
import { LOAD_OPTIONS, type LoadKey, type LoadOptions, scenarioSchema } from '../model/scenario.ts';
import { explain } from './explain.ts';
import { flagOf, type Report } from './options.ts';

/** What overrides a scenario: the options of its phases, and: */
export interface Overrides extends LoadOptions {
  seed?: number | undefined;
  workers?: number | undefined;
  /** Names of the phases that are run; undefined: all. */
  phases?: readonly string[] | undefined;
  /** Rules beside those of the scenario. */
  gate?: readonly string[] | undefined;
  /** Shorten the run, as `quicken` says. */
  quick?: boolean | undefined;
}

const { seed, workers } = scenarioSchema.shape;
const OTHERS: Record<string, z.ZodType> = {
  seed,
  workers,
  phases: z.array(z.string()),
  gate: z.array(z.string()),
};

/** The flags that are right. */
export function checkFlags(overrides: Overrides, report: Report): Overrides {
  const right: Record<string, unknown> = { ...overrides };
  for (const [key, value] of Object.entries(overrides)) {
    const schema: z.ZodType | undefined = LOAD_OPTIONS[key as LoadKey]?.schema ?? OTHERS[key];
    if (value === undefined || schema === undefined) continue;
    const parsed = schema.safeParse(value);
    if (parsed.success) continue;
    delete right[key];
    const flag = Object.hasOwn(LOAD_OPTIONS, key) ? flagOf(key as LoadKey) : `--${key}`;
    for (const { message } of explain(parsed.error.issues, schema, value)) report({ flag }, message);
  }
  return right;
}
