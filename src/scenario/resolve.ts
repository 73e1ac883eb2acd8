/**
 * From what was asked for on the command line to the plan of the run.
 */

import { fileURLToPath } from 'node:url';
import type { OsLimits } from '../base/limits.ts';
import type { Plan } from '../model/plan.ts';
import { LOAD_OPTIONS, type LoadKey, type LoadOptions, PART_KEYS, type Scenario } from '../model/scenario.ts';
import { compile, type Overrides } from './compile.ts';
import { bottleneckOf } from './holding.ts';
import { loadScenario, type ScenarioSource } from './load.ts';
import { mergeOptions } from './options.ts';
import { planTopology } from './topology.ts';

/** The bundled ladder. It lies beside both the sources and what is built from them. */
const LADDER_FILE = fileURLToPath(new URL('../../scenarios/ladder.yaml', import.meta.url));

/** What a plan is fitted to. */
export interface Machine {
  cores: number;
  limits: OsLimits;
}

/**
 * The plan of what was asked for. Without a file: a run of one phase where flags say what the load is, unless
 * `phases` picks from the ladder; else the bundled ladder, sized to the machine.
 *
 * @param file a scenario or a record
 * @throws a usage error that lists all that is wrong
 */
export function resolvePlan(
  file: string | undefined,
  overrides: Overrides,
  machine: Machine,
  freshSeed: () => number,
): Plan {
  return compile(chooseSource(file, overrides, machine), overrides, machine, freshSeed);
}

function chooseSource(file: string | undefined, overrides: Overrides, machine: Machine): ScenarioSource {
  if (file !== undefined) return loadScenario(file);
  if (overrides.phases === undefined && saysLoad(overrides)) return onePhase();
  const ladder = loadScenario(LADDER_FILE);
  return { ...ladder, scenario: sizeToMachine(ladder.scenario, overrides, machine) };
}

/** Whether flags say what the load is, and not only what the server is made of. */
function saysLoad(overrides: LoadOptions): boolean {
  const keys = Object.keys(LOAD_OPTIONS) as LoadKey[];
  return keys.some((key) => overrides[key] !== undefined && !PART_KEYS.includes(key));
}

/** One phase of which nothing is said: its topology, and with it its name, follow from the flags. */
function onePhase(): ScenarioSource {
  return { file: null, scenario: { phases: [{}] }, problems: [], placeOf: () => null };
}

/** No phase has more clients than the processes of its server can hold. */
function sizeToMachine(ladder: Scenario, flags: LoadOptions, { limits }: Machine): Scenario {
  const phases = ladder.phases.map((phase, index) => {
    const { clients } = mergeOptions(ladder, index, {}).options;
    const { options } = mergeOptions(ladder, index, flags);
    const bottleneck = bottleneckOf(planTopology(phase.topology ?? 'single', options), limits);
    return { ...phase, clients: Math.min(clients, bottleneck?.clients ?? clients) };
  });
  return { ...ladder, phases };
}
