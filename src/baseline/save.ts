/**
 * Keeps records to compare with later: small enough to be committed, and named by what they are of.
 */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Host, Phase, RunRecord } from '../model/record.ts';
import { prepareFolder, writeText } from '../run-folder.ts';
import { currentCommit } from './git.ts';

/**
 * Saves records in a folder, each as `<commit>_<machine>_<run>.json`.
 * @returns the files
 * @throws a usage error if they cannot be written
 */
export function saveBaseline(folder: string, records: readonly RunRecord[]): string[] {
  const path = prepareFolder(folder);
  const commit = currentCommit() ?? 'no-commit';
  return records.map((record) => {
    const file = join(path, `${commit}_${machineId(record.host)}_${fileName(record.run.id)}.json`);
    writeText(file, `${JSON.stringify(slim(record))}\n`);
    return file;
  });
}

/** Equal for machines that may be compared. */
export function machineId({ os, cpuModel, cores, memoryBytes }: Host): string {
  const text = JSON.stringify([os, cpuModel, cores, memoryBytes]);
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/**
 * Without what no rule and no comparison looks at: the histograms of single seconds, which are most of a record. Those of
 * the phases stay, and all numbers.
 */
export function slim(record: RunRecord): RunRecord {
  return { ...record, phases: record.phases.map(slimPhase) };
}

function slimPhase(phase: Phase): Phase {
  const withoutHistograms = { responseHistogram: null, serviceHistogram: null, latencyBuckets: [] };
  return { ...phase, timeline: phase.timeline.map((row) => ({ ...row, ...withoutHistograms })) };
}

/** A run may be called after a scenario, which is called whatever its author liked. */
function fileName(id: string): string {
  return id.replace(/[^\w.-]/g, '-').slice(0, 100);
}
