/**
 * Makes the leak of a record from what a soak saw. The judgement is passed in: it belongs to analysis.
 */

import type { Leak, LeakJudgement, SettledProcess, SoakedProcess, Usage } from '../model/leak.ts';

/** What a soak has seen so far. */
export interface SoakBook {
  readonly cycles: number;
  readonly processes: SoakedProcess[];
  /** @param connections that were opened and closed in the cycle */
  addCycle(connections: number, settled: readonly SettledProcess[]): void;
}

const UNSEEN: Usage = { openDescriptors: null, memoryBytes: null };

/** @param cold what was in use before the first cycle */
export function createSoakBook(cold: readonly SettledProcess[]): SoakBook {
  const processes = cold.map(({ role, pid, memoryIs, ...baseline }): SoakedProcess => {
    return { role, pid, memoryIs, baseline, cycles: [] };
  });
  let cycles = 0;
  return {
    get cycles() {
      return cycles;
    },
    processes,
    addCycle(connections, settled) {
      cycles++;
      for (const process of processes) {
        const { openDescriptors, memoryBytes } = settled.find(({ pid }) => pid === process.pid) ?? UNSEEN;
        process.cycles.push({ connections, openDescriptors, memoryBytes });
      }
    },
  };
}

/** @param judge says what the cycles of a process mean */
export function toLeak(
  { cycles, processes }: Pick<SoakBook, 'cycles' | 'processes'>,
  judge: (process: SoakedProcess) => LeakJudgement,
): Leak {
  const judged = processes.map((process) => ({ ...process, ...judge(process) }));
  const verdicts = judged.flatMap(({ descriptors, memory }) => [descriptors.verdict, memory.verdict]);
  const isKnown = verdicts.some((verdict) => verdict !== 'unknown');
  return {
    cycles,
    found: isKnown ? verdicts.filter((verdict) => verdict === 'leak').length : null,
    processes: judged,
  };
}
