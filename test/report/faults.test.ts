import { expect, test } from 'vitest';
import { comparisonRows } from '../../src/report/comparison.ts';
import { toHtml } from '../../src/report/html/page.ts';
import { samplePhase } from './sample-phase.ts';
import { sampleRecord } from './sample-record.ts';

function faultyPhase() {
  const phase = samplePhase();
  Object.assign(phase.server!, {
    faults: { drop: 1234, delay: 5 },
    imposedDelayMs: { count: 5, p50: 5, p75: 6, p90: 7, p95: 8, p99: 80, p999: 80, max: 81 },
  });
  return phase;
}

test('the faults that were asked for stand beside the phases, and only if there are any', () => {
  const rowsOf = (...phases: Parameters<typeof comparisonRows>[0]) =>
    comparisonRows(phases).filter(({ label }) => label === 'faults asked for');
  expect(rowsOf(samplePhase())).toEqual([]);
  expect(rowsOf(faultyPhase(), samplePhase())).toMatchObject([{ values: ['drop: 1,234, delay: 5', '–'] }]);
});

test('report.html tells them with the server, and for how long messages were held', () => {
  const pageOf = (phase: ReturnType<typeof samplePhase>) => toHtml({ ...sampleRecord(), phases: [phase] });
  expect(pageOf(samplePhase())).not.toContain('faults that were asked for');
  expect(pageOf(faultyPhase())).toContain(
    'drop: 1,234, delay: 5; held for 5.00 ms at p50, 80.0 ms at p99, 81.0 ms at the most',
  );
});
