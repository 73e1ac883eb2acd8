/**
 * What is said beside the scenario, by flags or by a caller, checked by the same definitions as a file.
 */

import { z } from 'zod';
import { LOAD_OPTIONS, type LoadKey, type LoadOptions, scenarioSchema } from '../model/scenario.ts';
import { explain } from './explain.ts';
import { flagOf, type Report } from './options.ts';
import { redisUrlFault } from './topology.ts';

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
  /** The URL of a Redis that is used wherever there is a choice: the broker of a cluster. */
  redis?: string | undefined;
}

const { seed, workers } = scenarioSchema.shape;
const OTHERS: Record<string, z.ZodType> = {
  seed,
  workers,
  phases: z.array(z.string()),
  gate: z.array(z.string()),
  redis: z.string().regex(/^rediss?:\/\/\S+$/, 'must be a redis:// URL'),
};

/** The flags that are right, those that stand for others put in their places. */
export function checkFlags(overrides: Overrides, report: Report): Overrides {
  const right: Record<string, unknown> = { ...overrides };
  for (const [key, value] of Object.entries(overrides)) {
    const schema: z.ZodType | undefined = LOAD_OPTIONS[key as LoadKey]?.schema ?? OTHERS[key];
    if (value === undefined || schema === undefined) continue;
    // With its name: what must not be shown again is known by that.
    const named = z.object({ [key]: schema });
    const parsed = named.safeParse({ [key]: value });
    if (parsed.success) continue;
    delete right[key];
    const flag = Object.hasOwn(LOAD_OPTIONS, key) ? flagOf(key as LoadKey) : `--${key}`;
    for (const { message } of explain(parsed.error.issues, named, { [key]: value }))
      report({ flag }, message);
  }
  return placeRedis(right, report);
}

/** `--redis <url>` says the same as `--broker <url>`. */
function placeRedis(flags: Overrides, report: Report): Overrides {
  const { redis } = flags;
  if (redis === undefined) return flags;
  const fault = redisUrlFault(redis);
  if (fault !== null) report({ flag: '--redis' }, fault);
  else if (flags.broker !== undefined && flags.broker !== 'redis' && flags.broker !== redis) {
    report({ flag: '--redis' }, 'names a Redis, but --broker asks for another broker; leave one of them out');
  } else return { ...flags, broker: redis };
  return flags;
}
