/**
 * Measures what this machine's generator can do: connects, the highest rate of messages that one worker sends on
 * time, and what a time has in it that is the generator's own. Takes less than half a minute.
 */

import type { Clock } from '../base/clock.ts';
import type { OsLimits } from '../base/limits.ts';
import { type ProcessorReading, processorUse, readProcessors } from '../collect/processor.ts';
import type { Calibration } from '../model/calibration.ts';
import { type Histogram, quantileMs } from '../stats/histogram.ts';
import { type Loopback, openLoopback, type Trial } from './loopback.ts';
import { findHighestRate, type Step } from './search.ts';

/** As a second of a run: later than this, and the generator was late. */
const MAX_LATENESS_P99_MS = 2;
/** Answers that take longer wait for the echo server, or for a worker that does not come round to read them. */
const MAX_SERVICE_P99_MS = 50;
const MIN_ANSWERED_RATIO = 0.99;

const LIGHT_MESSAGES_PER_S = 1000;
const FIRST_MESSAGES_PER_S = 2000;
const MOST_MESSAGES_PER_S = 128_000;
const REFINEMENTS = 3;
const TRIAL_MS = 800;
const LIGHT_TRIAL_MS = 2000;

interface CalibrateOptions {
  clock: Clock;
  limits: OsLimits;
  machine: Calibration['machine'];
  /** Told of each step before it begins, in words. */
  onStep?: (step: string) => void;
  /** Ends it early; what has been measured is not kept. */
  signal?: AbortSignal;
}

/**
 * @returns null if not even the lightest load was sent on time: the machine has other things to do
 * @throws the signal's reason if it is aborted meanwhile, WsscaleError TARGET if the echo server does not start
 */
export async function calibrate(options: CalibrateOptions): Promise<Calibration | null> {
  const { clock, limits } = options;
  const measuredAt = clock.wallTime().toISOString();
  const loopback = await openLoopback({ clock, limits, mostMessagesPerS: MOST_MESSAGES_PER_S });
  try {
    const pids = [[process.pid, ...loopback.pids.generator], [loopback.pids.echo]] as const;
    const before = readProcessors(clock, ...pids);
    const measured = await measure(loopback, options);
    const otherCpuRatio = othersBetween(before, readProcessors(clock, ...pids));
    return measured === null ? null : { measuredAt, machine: options.machine, otherCpuRatio, ...measured };
  } finally {
    await loopback.close();
  }
}

/** Everything that is measured, against a loopback that is there already. */
export async function measure(
  loopback: Pick<Loopback, 'connectAll' | 'attempt'>,
  { onStep = () => {}, signal }: Pick<CalibrateOptions, 'onStep' | 'signal'>,
): Promise<Omit<Calibration, 'measuredAt' | 'machine' | 'otherCpuRatio'> | null> {
  onStep('connects');
  const connectsPerS = await loopback.connectAll();
  onStep('a light load');
  const light = await loopback.attempt(LIGHT_MESSAGES_PER_S, LIGHT_TRIAL_MS);
  const messagesPerS = await findHighestRate({
    first: FIRST_MESSAGES_PER_S,
    most: MOST_MESSAGES_PER_S,
    refinements: REFINEMENTS,
    async attempt(load) {
      signal?.throwIfAborted();
      onStep(`${load} messages/s`);
      const step = toStep(await loopback.attempt(load, TRIAL_MS));
      // What a busy moment of the machine spoils once, it seldom spoils twice.
      return step.passed ? step : toStep(await loopback.attempt(load, TRIAL_MS));
    },
  });
  signal?.throwIfAborted();
  if (messagesPerS === null) return null;
  return {
    connectsPerS: Math.round(connectsPerS),
    messagesPerS: Math.round(messagesPerS),
    floor: {
      messagesPerS: LIGHT_MESSAGES_PER_S,
      latenessP50Ms: at(light.lateness, 0.5),
      latenessP99Ms: at(light.lateness, 0.99),
      serviceP50Ms: at(light.service, 0.5),
      serviceP99Ms: at(light.service, 0.99),
    },
  };
}

function othersBetween(before: ProcessorReading | null, after: ProcessorReading | null): number | null {
  const use = before === null || after === null ? null : processorUse(before, after);
  if (use === null) return null;
  return Math.max(0, use.busyRatio * use.cores - use.generatorCpuRatio - (use.serverCpuRatio ?? 0));
}

function toStep({ messagesPerS, answeredRatio, lateness, service }: Trial): Step {
  const passed =
    answeredRatio >= MIN_ANSWERED_RATIO &&
    at(lateness, 0.99) <= MAX_LATENESS_P99_MS &&
    at(service, 0.99) <= MAX_SERVICE_P99_MS;
  return { messagesPerS, passed };
}

function at(histogram: Histogram, quantile: number): number {
  return quantileMs(histogram, quantile) ?? Number.POSITIVE_INFINITY;
}
