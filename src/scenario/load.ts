/**
 * Reads what is to be run from a file: a scenario, or the record of a run that is to be repeated.
 */

import { usageError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { planSchema } from '../model/plan.ts';
import { SCHEMA_VERSION } from '../model/record.ts';
import { type Scenario, scenarioSchema } from '../model/scenario.ts';
import { explain, type Misfit } from './explain.ts';
import { mend } from './mend.ts';
import { formatPath, type Path, type Place, type Problem, problemsError } from './problems.ts';
import { readText } from './read-text.ts';
import { scenarioOf } from './rerun.ts';
import { type ParsedYaml, parseYaml } from './yaml.ts';

const MAX_SCENARIO_BYTES = 2 ** 20;
/** A record has a histogram for each summary and a row for each second. */
const MAX_RECORD_BYTES = 2 ** 26;

/** A scenario and where it came from. */
export interface ScenarioSource {
  /** The file as the user named it; null: there is none. */
  file: string | null;
  /** What the file says; where there are problems, the part of it that is right. */
  scenario: Scenario;
  /** What is wrong in the file itself. `compile` tells it together with what is wrong in the whole. */
  problems: Problem[];
  /** Where the value at a path stands. */
  placeOf(path: Path): Place | null;
}

/**
 * Reads a scenario file (YAML 1.2; JSON is YAML too), or a record.json, whose plan is the scenario.
 * @throws a usage error if the file cannot be read, or is broken so that nothing can be said of the rest of
 *   it
 */
export function loadScenario(file: string): ScenarioSource {
  const text = readText(file, MAX_RECORD_BYTES);
  return parseRecord(text, file) ?? parseScenario(text, file);
}

/**
 * Reads the text of a scenario.
 * @param file what places in the text are called after
 * @throws a usage error if it is empty, too large, or not YAML
 */
export function parseScenario(text: string, file: string): ScenarioSource {
  if (text.length > MAX_SCENARIO_BYTES) {
    throw usageError(`${printable(file)} is too large for a scenario; 1 MB is the most`);
  }
  const yaml = parseYaml(text);
  if (yaml.data === null && yaml.faults.length === 0) {
    throw usageError(`${printable(file)} is empty; a scenario has at least phases`);
  }
  const placeAt = ({ line, column }: { line: number; column: number }): Place => ({ file, line, column });
  const faults = yaml.faults.map(({ at, path, message }) => ({
    place: placeAt(at),
    subject: formatPath(path),
    message,
  }));
  const parsed = scenarioSchema.safeParse(yaml.data);
  const misfits = parsed.success ? [] : explain(parsed.error.issues, scenarioSchema, yaml.data);
  const isBroken = Number.isFinite(yaml.brokenAt);
  const told = isBroken ? misfits.filter((misfit) => standsBeforeBreak(misfit, yaml)) : misfits;
  const problems = told.map((misfit) => ({
    place: placeAt(positionOf(misfit, yaml)),
    subject: formatPath(misfit.path),
    message: misfit.message,
  }));
  if (isBroken) throw problemsError([...faults, ...problems]);
  return {
    file,
    scenario: parsed.success ? parsed.data : mend(yaml.data, misfits),
    problems: [...faults, ...problems],
    placeOf: (path) => placeAt(yaml.positionOf(path, 'value')),
  };
}

function positionOf({ kind, path }: Misfit, yaml: ParsedYaml) {
  return yaml.positionOf(path, kind === 'unknown key' ? 'key' : 'value');
}

/**
 * Up to where its syntax breaks, a text says what it is meant to say; what is missing may stand behind that.
 */
function standsBeforeBreak(misfit: Misfit, yaml: ParsedYaml): boolean {
  return misfit.kind !== 'missing' && positionOf(misfit, yaml).offset < yaml.brokenAt;
}

/** The plan of a record as a scenario; null if the text is no record. */
function parseRecord(text: string, file: string): ScenarioSource | null {
  const data = parseJsonObject(text);
  if (data === null || !('schemaVersion' in data && 'scenario' in data)) return null;
  const place: Place = { file, line: 0, column: 0 };
  if (data.schemaVersion !== SCHEMA_VERSION) {
    const found = `is a record of version ${data.schemaVersion}`;
    const message = `${found}; this wsscale reads version ${SCHEMA_VERSION}`;
    throw problemsError([{ place, subject: '', message }]);
  }
  const parsed = planSchema.safeParse(data.scenario);
  if (!parsed.success) {
    const misfits = explain(parsed.error.issues, planSchema, data.scenario);
    throw problemsError(
      misfits.map(({ path, message }) => ({ place, subject: formatPath(['scenario', ...path]), message })),
    );
  }
  return { file, scenario: scenarioOf(parsed.data), problems: [], placeOf: () => place };
}

function parseJsonObject(text: string): object | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(text) as object;
  } catch {
    // Not JSON, but it may still be YAML.
    return null;
  }
}
