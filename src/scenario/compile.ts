/**
 * Turns a scenario and the flags beside it into a plan: every default filled in, every unit fixed, everything
 * checked, and frozen.
 */

import path from 'node:path';
import { nearest } from '../base/nearest.ts';
import type { PhasePlan, Plan, TopologyPlan } from '../model/plan.ts';
import type { LoadOptions, Scenario } from '../model/scenario.ts';
import { checkFlags, type Overrides } from './flags.ts';
import { deepFreeze } from './freeze.ts';
import { selectRules } from './gate.ts';
import type { ScenarioSource } from './load.ts';
import { type Merged, mergeOptions, type Report } from './options.ts';
import { planPhase } from './phase.ts';
import { formatPath, type Problem, problemsError } from './problems.ts';
import { quicken } from './quick.ts';
import { planTopology } from './topology.ts';
import { checkUnheard } from './unheard.ts';

export type { Overrides } from './flags.ts';

interface NamedPhase {
  name: string;
  /** The phase that it is compared with. */
  baseline: string | null;
  topology: TopologyPlan;
  index: number;
  merged: Merged;
}

/**
 * The plan of a scenario.
 *
 * @param freshSeed draws the seed where neither the flags nor the scenario have one
 * @returns deep-frozen plain data
 * @throws a usage error that lists all that is wrong, in the file and on the command line
 */
export function compile(
  source: ScenarioSource,
  overrides: Overrides,
  machine: { cores: number },
  freshSeed: () => number,
): Plan {
  const { scenario } = source;
  const problems: Problem[] = [...source.problems];
  const report: Report = (origin, message, below = []) => {
    if (origin !== null && 'flag' in origin)
      problems.push({ place: null, subject: origin.flag, message, below });
    else {
      const at = origin?.file ?? [];
      problems.push({ place: source.placeOf(at), subject: formatPath(at), message, below });
    }
  };
  const flags = checkFlags(overrides, report);

  const phases = namePhases(scenario, flags, report);
  const names = phases.map(({ name }) => name);
  const chosen = flags.phases === undefined ? phases : choosePhases(phases, flags.phases, report);
  const planned = chosen.map((phase) => planNamed(withBaselineAmong(chosen, phase), report));
  const plan: Plan = {
    name: scenario.name ?? nameOfFile(source.file) ?? planned[0]?.name ?? '',
    seed: flags.seed ?? scenario.seed ?? freshSeed(),
    workers: planWorkers(scenario, flags, planned, machine.cores, report),
    phases: planned,
    gate: selectRules(
      scenario.gate ?? [],
      flags.gate ?? [],
      { all: names, run: planned.map(({ name }) => name) },
      report,
    ),
  };
  if (problems.length > 0) throw problemsError(problems);
  return deepFreeze(flags.quick === true ? quicken(plan) : plan);
}

/** Gives each phase its topology and its name. */
function namePhases(scenario: Scenario, flags: Overrides, report: Report): NamedPhase[] {
  const phases: NamedPhase[] = [];
  scenario.phases.forEach((phase, index) => {
    const merged = mergeOptions(scenario, index, flags);
    const topology = chooseTopology(scenario, index, flags, merged, report);
    const name = phase.name ?? topology.kind;
    if (phases.some((other) => other.name === name)) {
      report(
        { file: ['phases', index, 'name'] },
        `another phase is called "${name}" too; give each a name of its own`,
      );
    }
    const baseline = phase.baseline ?? null;
    if (baseline !== null && phases.every((other) => other.name !== baseline)) {
      report(
        { file: ['phases', index, 'baseline'] },
        `there is no phase "${baseline}" before this one to compare it with`,
      );
    }
    phases.push({ name, baseline, topology, index, merged });
  });
  const listeners = phases.map(({ topology, index, merged: { options } }) => ({
    topology,
    options,
    said: scenario.phases[index],
    index,
  }));
  checkUnheard(listeners, flags, report);
  return phases;
}

/**
 * A target is attacked where one is named, except where a phase of its own accord says how our server is
 * arranged.
 */
function chooseTopology(
  scenario: Scenario,
  index: number,
  flags: LoadOptions,
  { options }: Merged,
  report: Report,
): TopologyPlan {
  const { topology, target } = scenario.phases[index];
  if (topology !== undefined && target !== undefined) {
    const message =
      'is how the bundled server is arranged, but the phase has a target; leave one of them out';
    report({ file: ['phases', index, 'topology'] }, message);
  }
  const bundled = topology !== undefined && flags.target === undefined;
  return bundled || options.target === undefined
    ? planTopology(topology ?? 'single', options)
    : { kind: 'target', url: options.target };
}

function choosePhases(
  phases: readonly NamedPhase[],
  wanted: readonly string[],
  report: Report,
): readonly NamedPhase[] {
  const names = phases.map(({ name }) => name);
  const unknown = wanted.filter((name) => !names.includes(name));
  for (const name of unknown) {
    const near = nearest(name, names);
    const hint = near === null ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
    report({ flag: '--phases' }, `there is no phase "${name}"; ${hint}`);
  }
  if (wanted.length === 0) report({ flag: '--phases' }, `names no phase; there are ${names.join(', ')}`);
  // What was meant is not known, so that all of them are checked.
  return unknown.length > 0 ? phases : phases.filter(({ name }) => wanted.includes(name));
}

/** Of phases that are not run, there is nothing to compare with. */
function withBaselineAmong(chosen: readonly NamedPhase[], phase: NamedPhase): NamedPhase {
  return chosen.some(({ name }) => name === phase.baseline) ? phase : { ...phase, baseline: null };
}

function planNamed({ name, baseline, topology, index, merged }: NamedPhase, report: Report): PhasePlan {
  return planPhase(name, topology, merged.options, baseline, (key, message, part) => {
    report(merged.originOf(key, part) ?? { file: ['phases', index] }, message);
  });
}

/**
 * As many as were asked for; else all cores but one, which is the server's. No worker may be without a
 * client.
 */
function planWorkers(
  scenario: Scenario,
  flags: Overrides,
  phases: readonly PhasePlan[],
  cores: number,
  report: Report,
): number {
  const smallest = phases.reduce((least, { clients }) => Math.min(least, clients), Number.POSITIVE_INFINITY);
  const asked = flags.workers ?? scenario.workers;
  if (asked === undefined) return Math.min(Math.max(1, cores - 1), smallest);
  if (asked > smallest) {
    const origin = flags.workers === undefined ? { file: ['workers'] } : { flag: '--workers' };
    report(origin, `is ${asked}, but a phase has ${smallest} clients only; a worker holds at least one`);
  }
  return asked;
}

/** The file's name without its ending, as far as it may stand in the name of a folder. */
function nameOfFile(file: string | null): string | undefined {
  if (file === null) return undefined;
  const name = path.basename(file, path.extname(file)).replace(/[^A-Za-z0-9._-]+/g, '-');
  return name.replace(/^[^A-Za-z0-9]+/, '').slice(0, 64) || undefined;
}
