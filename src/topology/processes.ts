/**
 * All processes that a topology ever started: they are watched, sampled, and none is left when it is down.
 */

import { WsscaleError } from '../base/errors.ts';
import type { SettledProcess } from '../model/leak.ts';
import type { PartProcess } from './part-process.ts';
import type { ProcessSample } from './sample.ts';
import type { ProcessDeath } from './topology.ts';

export interface Processes {
  /**
   * Starts one and keeps an eye on it.
   *
   * @param onDeath called if it dies unasked, in place of telling `died`: of what may die
   * @throws WsscaleError `TARGET` if the topology is going down
   */
  start(start: () => PartProcess, onDeath?: () => void): PartProcess;
  /** Their samples, those of the ended ones, too; without those that never said anything. */
  sample(): Promise<ProcessSample[]>;
  /** What those that are alive have in use, once they are at rest; without those that do not answer. */
  settle(): Promise<SettledProcess[]>;
  /** Resolves when the first has died that nobody asked to. */
  died: Promise<ProcessDeath>;
  /** Lets `stop` end them all; once. Resolves when it has. */
  down(stop: (processes: readonly PartProcess[]) => Promise<void>): Promise<void>;
}

export function createProcesses(): Processes {
  const processes: PartProcess[] = [];
  let goingDown: Promise<void> | null = null;
  let reportDeath: (death: ProcessDeath) => void;
  const died = new Promise<ProcessDeath>((resolve) => {
    reportDeath = resolve;
  });

  async function watch(part: PartProcess, onDeath: (() => void) | null): Promise<void> {
    const listened = await part.listening.catch(() => null);
    const { expected, ...death } = await part.exited;
    // What ended before it listened is told to whoever waits for it to listen.
    if (listened === null || expected) return;
    if (onDeath === null) reportDeath(death);
    else if (goingDown === null) onDeath();
  }

  return {
    start(start, onDeath) {
      if (goingDown !== null) {
        throw new WsscaleError('TARGET', 'The reference server was taken down meanwhile.');
      }
      const part = start();
      processes.push(part);
      void watch(part, onDeath ?? null);
      return part;
    },
    async sample() {
      await Promise.all(processes.map((part) => part.sample()));
      return processes.flatMap(({ lastSample }) => lastSample ?? []);
    },
    async settle() {
      const settled = await Promise.all(processes.map((part) => part.settle()));
      return settled.filter((process) => process !== null);
    },
    died,
    down(stop) {
      goingDown ??= stop(processes);
      return goingDown;
    },
  };
}
