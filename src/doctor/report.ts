/**
 * What the doctor found, for a terminal.
 */

import Table from 'cli-table3';
import { formatCount, formatMs } from '../base/units.ts';
import type { Calibration } from '../model/calibration.ts';
import type { Diagnosis } from './limits.ts';

const NOT_A_NUMBER_OF_CONNECTIONS = '–';

/** The limits as a table, the one that binds first named below it, and what lifts them. */
export function diagnosisLines({ limits, binding }: Diagnosis): string[] {
  const table = new Table({
    head: ['limit', 'value', 'connections'],
    colAligns: ['left', 'right', 'right'],
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [] },
  });
  for (const { name, value, connections } of limits) {
    table.push([name, value, connections === null ? NOT_A_NUMBER_OF_CONNECTIONS : formatCount(connections)]);
  }
  const lifts = limits.flatMap(({ name, means, command }) => [
    `${name}: ${means}`,
    ...(command === null ? [] : [`  ${command}`]),
  ]);
  return [table.toString(), '', ...bindingLines(binding), '', ...lifts];
}

function bindingLines(binding: Diagnosis['binding']): string[] {
  if (binding === null) return ['No limit is known here.'];
  const { name, connections, command } = binding;
  return [
    `First to bind: ${name}, at about ${formatCount(connections ?? 0)} connections.`,
    ...(command === null ? [] : [`To lift it: ${command}`]),
  ];
}

/** From so much on, what was measured is not all that the machine can do. */
const MAX_OTHERS_CORES = 0.2;

/** What the generator can do. */
export function calibrationLines(calibration: Calibration): string[] {
  const { measuredAt, messagesPerS, connectsPerS, otherCpuRatio, floor } = calibration;
  const lateness = `${formatMs(floor.latenessP50Ms)} at p50 and ${formatMs(floor.latenessP99Ms)} at p99`;
  const service = `${formatMs(floor.serviceP50Ms)} and ${formatMs(floor.serviceP99Ms)}`;
  return [
    `Generator, one worker, against a server that does nothing but echo (${measuredAt}):`,
    `  ${formatCount(messagesPerS)} messages/s sent on time and answered`,
    `  ${formatCount(connectsPerS)} connects/s`,
    `  at ${formatCount(floor.messagesPerS)} messages/s: late by ${lateness}; service ${service}`,
    ...(otherCpuRatio !== null && otherCpuRatio > MAX_OTHERS_CORES
      ? [
          `  Other programs used ${otherCpuRatio.toFixed(1)} cores meanwhile: it can do more when they are quiet.`,
        ]
      : []),
  ];
}
