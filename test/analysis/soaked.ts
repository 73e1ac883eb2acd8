/**
 * Processes after a soak, with memory as it might be.
 */

import { judgeLeak } from '../../src/analysis/leak.ts';
import type { Random } from '../../src/base/random.ts';
import type { SoakedProcess } from '../../src/model/leak.ts';
import { normalQuantile } from '../../src/stats/normal.ts';

/** Of a cycle, if nothing else is said. */
export const CONNECTIONS = 1000;

/** A process after one cycle per entry; what is not said is steady. */
export function soaked(
  said: { memory?: (number | null)[]; descriptors?: (number | null)[]; connections?: number[] } = {},
  memoryIs: SoakedProcess['memoryIs'] = 'collected-heap',
): SoakedProcess {
  const { memory, descriptors, connections } = said;
  const cycles = (memory ?? descriptors ?? connections ?? Array.from({ length: 10 })).length;
  return {
    role: 'node-0',
    pid: 4711,
    memoryIs,
    baseline: { openDescriptors: 20, memoryBytes: 6e6 },
    cycles: Array.from({ length: cycles }, (_, i) => ({
      connections: connections?.[i] ?? CONNECTIONS,
      openDescriptors: descriptors ? descriptors[i] : 22,
      memoryBytes: memory ? memory[i] : 7e6,
    })),
  };
}

/** Memory at the ends of cycles. The noise of one end passes on `carried` of itself to the next (AR(1)). */
export function noisy(random: Random, cycles: number, deviation: number, carried: number): number[] {
  const normal = () => deviation * normalQuantile(random() || 0.5);
  const fresh = Math.sqrt(1 - carried ** 2);
  const memory = [7e6 + normal()];
  while (memory.length < cycles)
    memory.push(7e6 + carried * (memory[memory.length - 1] - 7e6) + fresh * normal());
  return memory;
}

export const steady = (cycles: number) => Array.from({ length: cycles }, () => 7e6);

export const leaking = (memory: number[], bytesPerConnection: number) =>
  memory.map((bytes, i) => bytes + i * CONNECTIONS * bytesPerConnection);

export const memoryOf = (memory: number[], memoryIs?: SoakedProcess['memoryIs']) =>
  judgeLeak(soaked({ memory }, memoryIs)).memory;
