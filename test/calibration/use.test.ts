import { describe, expect, test } from 'vitest';
import { detect } from '../../src/analysis/detectors.ts';
import { withCalibration } from '../../src/calibration/use.ts';
import type { TimelineRow } from '../../src/model/record.ts';
import { calibrationInWords } from '../../src/report/generator.ts';
import { calibration } from '../support/calibration.ts';
import { quietPhase } from '../support/phases.ts';
import { row } from '../support/rows.ts';

const second = (said: Partial<TimelineRow>): TimelineRow => ({ ...row(), valid: true, marks: [], ...said });

/** A phase of two such seconds, of so many workers, on a machine whose worker sends 10,000 a second. */
function used(said: Partial<TimelineRow>, workers = 1) {
  const base = quietPhase();
  const timeline = [second(said), second(said)];
  return withCalibration({ ...base, timeline, generator: { ...base.generator, workers } }, calibration());
}

describe('of what the generator can do', () => {
  test.for<[string, Partial<TimelineRow>, number, number | null]>([
    ['a worker that sends half uses half', { sent: 5000, received: 5000 }, 1, 0.5],
    ['two workers can do twice as much', { sent: 5000, received: 5000 }, 2, 0.25],
    ['more workers than cores can do no more than the cores', { sent: 5000, received: 5000 }, 8, 0.25],
    ['what a broadcast brings counts, where it is more', { sent: 10, received: 9000 }, 1, 0.9],
    ['nothing is known where nothing was sent', { sent: 0, received: 0 }, 1, null],
    ['seconds that two stages share do not count', { whole: false, sent: 5000 }, 1, null],
    ['a ramp does not count', { stage: 'ramp', sent: 5000 }, 1, null],
  ])('%s', ([, said, workers, ratio]) => {
    expect(used(said, workers).generator.calibration?.usedRatio).toBe(ratio);
  });
});

describe('a phase', () => {
  const kinds = (phase: ReturnType<typeof used>) => detect([phase]).map(({ kind }) => kind);

  test('that used more than 80 % is warned of', () => {
    expect(kinds(used({ sent: 8100, received: 8100 }))).toContain('generator-near-limit');
    expect(kinds(used({ sent: 8000, received: 8000 }))).not.toContain('generator-near-limit');
  });

  test('says in words what it used, and what of its times may be the generator’s', () => {
    expect(calibrationInWords(used({ sent: 1200, received: 1200 }))).toBe(
      '12.0 % used of the 10,000 messages/s that it can send on this machine; 0.40 ms of the service p99 may be its own',
    );
    expect(calibrationInWords(quietPhase())).toBe(null);
  });
});
