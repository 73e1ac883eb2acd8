/**
 * wsscale as a library: what the command line is made of.
 */

export { type AttackOptions, type AttackResult, attack, runId } from './attack.ts';
export { messageOf, usageError, WsscaleError } from './base/errors.ts';
export { type OsLimits, readLimits } from './base/limits.ts';
export { freshSeed } from './base/random.ts';
export { REDACTED, redactUrl } from './base/redact.ts';
export { printable } from './base/text.ts';
export { formatCount, formatMs } from './base/units.ts';
export { type CapacityPlan, type Demand, planCapacity } from './capacity/plan.ts';
export { WSSCALE_VERSION } from './collect/host.ts';
export { type Calibrated, calibrateHere, examine, lastCalibration } from './doctor/doctor.ts';
export type { Diagnosis } from './doctor/limits.ts';
export { calibrationLines, diagnosisLines } from './doctor/report.ts';
export type { Calibration } from './model/calibration.ts';
export type { PhasePlan, Plan } from './model/plan.ts';
export type * from './model/record.ts';
export { recordSchema } from './model/record.ts';
export { LOAD_OPTIONS, type LoadKey, type LoadOptions, TOPOLOGY_KINDS } from './model/scenario.ts';
export type { Ending } from './phase.ts';
export { readRecord } from './read-record.ts';
export { toHlog } from './report/hlog.ts';
export { toJson } from './report/json.ts';
export { assumptionsInWords, planLines } from './report/plan.ts';
export { toTerminal } from './report/terminal.ts';
export { prepareFolder, type Written, writeReports, writeText } from './run-folder.ts';
export type { Overrides } from './scenario/compile.ts';
export { describePlan } from './scenario/cost.ts';
export { type FullScale, type Room, toFullScale } from './scenario/full-scale.ts';
export { type Notice, preflight } from './scenario/preflight.ts';
export { type Machine, resolvePlan } from './scenario/resolve.ts';
export { withoutSecrets } from './scenario/secrets.ts';
export { type RunningServer, type ServeOptions, serve } from './serve.ts';
export { checkParts } from './topology/index.ts';
