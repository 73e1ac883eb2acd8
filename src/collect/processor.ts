/**
 * Who used the processors in each second of a phase. The tool's process looks, at the end of each second: a host that
 * was stopped, or got no time, could not tell in time itself.
 */

import type { Clock } from '../base/clock.ts';
import {
  type ProcessorTimes,
  readProcessorTime,
  readProcessorTimes,
  readWaitingTime,
} from '../base/processor.ts';

const SECOND_MS = 1000;

/** Of the cores that the generator may use; where it is bound to one core, of that one. */
export interface ProcessorUse {
  cores: number;
  /** Share of their time that was not idle. What a hypervisor gave to others is in it: nobody here could have it. */
  busyRatio: number;
  stealRatio: number;
  /** The hosts and the tool itself, 1 being one core. */
  generatorCpuRatio: number;
  /** The bundled server's processes; null without any. */
  serverCpuRatio: number | null;
  /** For what share of the time the one that waited longest could have run and had no core; null if not told. */
  serverWaitRatio: number | null;
}

export interface ProcessorReading {
  atMs: number;
  machine: ProcessorTimes;
  /** By process: time on a core, and time waiting for one. */
  generatorS: ByProcess;
  serverS: ByProcess;
  serverWaitS: ByProcess;
}

type ByProcess = Map<number, number>;

/** Reads once; null where the system does not tell. */
export function readProcessors(
  clock: Clock,
  generator: readonly number[],
  server: readonly number[],
): ProcessorReading | null {
  const machine = readProcessorTimes();
  if (machine === null) return null;
  return {
    atMs: clock.nowMs(),
    machine,
    generatorS: readProcessorTime(generator),
    serverS: readProcessorTime(server),
    serverWaitS: readWaitingTime(server),
  };
}

/** What was used between two readings; null if that was no time at all. */
export function processorUse(before: ProcessorReading, after: ProcessorReading): ProcessorUse | null {
  const { cores } = after.machine;
  const seconds = (after.atMs - before.atMs) / 1000;
  const totalS = after.machine.totalS - before.machine.totalS;
  if (seconds <= 0 || totalS <= 0) return null;
  const ratios = (from: ByProcess, to: ByProcess) =>
    Array.from(to, ([pid, s]) => (s - (from.get(pid) ?? 0)) / seconds);
  const server = ratios(before.serverS, after.serverS);
  const serverWaits = ratios(before.serverWaitS, after.serverWaitS);
  const generatorCpuRatio = sum(ratios(before.generatorS, after.generatorS));
  const notIdleRatio = 1 - (after.machine.idleS - before.machine.idleS) / totalS;
  // The machine's time is told by who ran when the clock ticked, and work that begins with each tick is not seen.
  const ofOursRatio = (generatorCpuRatio + sum(server)) / cores;
  return {
    cores,
    busyRatio: clamp(Math.max(notIdleRatio, ofOursRatio)),
    stealRatio: clamp((after.machine.stealS - before.machine.stealS) / totalS),
    generatorCpuRatio,
    serverCpuRatio: server.length === 0 ? null : sum(server),
    serverWaitRatio: serverWaits.length === 0 ? null : Math.max(...serverWaits),
  };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Idle time is told a little unevenly: it may seem to go back. */
function clamp(ratio: number): number {
  return Math.min(1, Math.max(0, ratio));
}

interface MeterOptions {
  clock: Clock;
  /** When the first second began. */
  originMs: number;
  read: () => ProcessorReading | null;
  /** Told of each second that is over. */
  onSecond: (second: number, use: ProcessorUse) => void;
}

/** Reads at the end of each second until it is stopped. */
export function startProcessorMeter({ clock, originMs, read, onSecond }: MeterOptions): { stop(): void } {
  let before = read();
  let timer = setTimeout(tick, restOfSecond());

  function tick(): void {
    timer = setTimeout(tick, restOfSecond());
    const after = read();
    if (before !== null && after !== null) {
      const next = secondAt(after.atMs);
      // A timer may ring a little early or, if this process had to wait, late: for several seconds, or for a part of one.
      if (next <= secondAt(before.atMs)) return;
      const use = processorUse(before, after);
      for (let second = secondAt(before.atMs); use !== null && second < next; second++) onSecond(second, use);
    }
    before = after;
  }

  function secondAt(atMs: number): number {
    return Math.max(0, Math.round((atMs - originMs) / SECOND_MS));
  }

  function restOfSecond(): number {
    return SECOND_MS - ((clock.nowMs() - originMs) % SECOND_MS);
  }

  return { stop: () => clearTimeout(timer) };
}
