/**
 * What keeps two runs from being compared, and what a reader should know if they are.
 */

import type { Circumstances } from '../model/comparison.ts';
import type { Host } from '../model/record.ts';
import { planDifferences } from '../report/delta-plan.ts';

export interface Differences {
  /** They do not answer the same question. */
  obstacles: string[];
  /** They do, but something else than the service may have changed. */
  warnings: string[];
}

/** What the same code is fast or slow by. */
const MACHINE = ['os', 'cpuModel', 'cores', 'memoryBytes'] as const satisfies (keyof Host)[];
const SOFTWARE = ['kernel', 'node', 'wsscale'] as const satisfies (keyof Host)[];

/** What differs, each said once, of one run from another. */
export function differencesOf(head: Circumstances, base: Circumstances): Differences {
  const plans = head.scenario.phases.flatMap((plan) => {
    const other = base.scenario.phases.find(({ name }) => name === plan.name);
    return other === undefined ? [] : [{ name: plan.name, ...planDifferences(plan, other) }];
  });
  const of = (pick: (plan: (typeof plans)[number]) => string[]) =>
    plans.flatMap((plan) => pick(plan).map((text) => `${plan.name}: ${text}`));
  return {
    obstacles: [...hostDifferences(MACHINE, head.host, base.host), ...of(({ load }) => load)],
    warnings: [...hostDifferences(SOFTWARE, head.host, base.host), ...of(({ technique }) => technique)],
  };
}

/** All that differs between any of two sets. */
export function allDifferences(
  heads: readonly Circumstances[],
  bases: readonly Circumstances[],
): Differences {
  const all = [...heads, ...bases].map((run) => differencesOf(run, bases[0]));
  return {
    obstacles: [...new Set(all.flatMap(({ obstacles }) => obstacles))],
    warnings: [...new Set(all.flatMap(({ warnings }) => warnings))],
  };
}

function hostDifferences(keys: readonly (keyof Host)[], head: Host, base: Host): string[] {
  return keys
    .filter((key) => head[key] !== base[key])
    .map((key) => `${NAMES[key]} ${head[key]} instead of ${base[key]}`);
}

const NAMES: Partial<Record<keyof Host, string>> = {
  ...{ os: 'operating system', cpuModel: 'processor', cores: 'cores', memoryBytes: 'bytes of memory' },
  ...{ kernel: 'kernel', node: 'Node', wsscale: 'wsscale' },
};
