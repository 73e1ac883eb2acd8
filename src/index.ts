/**
 * wsscale as a library: what the command line is made of.
 */

export { type AttackOptions, type AttackResult, attack, runId } from './attack.ts';
export { messageOf, usageError, WsscaleError } from './base/errors.ts';
export { freshSeed } from './base/random.ts';
export { REDACTED, redactUrl } from './base/redact.ts';
export { printable } from './base/text.ts';
export { formatCount, formatMs, parseDurationMs } from './base/units.ts';
export { loadRecords, type SavedRecord } from './baseline/load.ts';
export { loadNoise, NOISE_FILE, saveNoise } from './baseline/noise.ts';
export { saveBaseline, slim } from './baseline/save.ts';
export type { CapacityPlan, Demand } from './capacity/capacity-plan.ts';
export { type Announcement, announceGate, announceRun, readsCommands } from './ci/announce.ts';
export { FORMATS } from './ci/formats.ts';
export { inert } from './ci/github.ts';
export { WSSCALE_VERSION } from './collect/host.ts';
export type { Diagnosis } from './doctor/diagnosis.ts';
export { type Calibrated, calibrateHere, examine, lastCalibration } from './doctor/doctor.ts';
export { calibrationLines, diagnosisLines } from './doctor/report.ts';
export { parseRules, type Rule } from './gate/rules.ts';
export {
  type GateOptions,
  type GatePairsProgress,
  gatePairs,
  gateRecords,
  measureNoise,
  type PairGateOptions,
} from './gate.ts';
export { filesOf, nextSteps } from './init/files.ts';
export { startCommand, targetOf } from './init/project.ts';
export { writeNew } from './init/write.ts';
export { answersInWords, answersOf } from './limits/answers.ts';
export { takeReadings } from './limits/read.ts';
export { freeBytes, type Readings, wholeCores } from './limits/readings.ts';
export { descriptorsLeft } from './limits/rooms.ts';
export type { Calibration } from './model/calibration.ts';
export type { Comparison, GateResult, Noise } from './model/comparison.ts';
export type { PhasePlan, Plan } from './model/plan.ts';
export type * from './model/record.ts';
export { recordSchema } from './model/record.ts';
export { LOAD_OPTIONS, type LoadKey, type LoadOptions, TOPOLOGY_KINDS } from './model/scenario.ts';
export type { Side } from './pairs.ts';
export type { Ending } from './phase.ts';
export { makePlan, type PlanOptions, planJson, writePlan } from './plan.ts';
export { readRecord } from './read-record.ts';
export { comparisonLines, noiseLines } from './report/compared.ts';
export { gateJunit, gateLines } from './report/gate.ts';
export { toHlog } from './report/hlog.ts';
export { toJson } from './report/json.ts';
export { planLines } from './report/plan.ts';
export { toTerminal } from './report/terminal.ts';
export { prepareFolder, type Written, writeReports, writeText } from './run-folder.ts';
export type { Overrides } from './scenario/compile.ts';
export { describePlan } from './scenario/cost.ts';
export { type FullScale, type Room, toFullScale } from './scenario/full-scale.ts';
export { scenarioJsonSchema } from './scenario/json-schema.ts';
export { type Notice, preflight } from './scenario/preflight.ts';
export { type Machine, resolvePlan } from './scenario/resolve.ts';
export { loadRules } from './scenario/rules-file.ts';
export { withoutSecrets } from './scenario/secrets.ts';
export { type RunningServer, SERVE_KEYS, type ServeOptions, serve } from './serve.ts';
export { checkParts } from './topology/index.ts';
