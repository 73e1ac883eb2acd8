import { expect, test } from 'vitest';
import { comparisonRows } from '../../src/report/comparison.ts';
import { phaseSentence } from '../../src/report/sentence.ts';
import { samplePhase } from './sample-phase.ts';

const pinged = (dead: number) => ({
  ...samplePhase(),
  heartbeat: { pings: 12_000, pongs: 11_998, dead },
});

test('heartbeats stand beside those of the other phases, and only where somebody was pinged', () => {
  const rows = comparisonRows([samplePhase(), pinged(2)]);
  expect(rows.find(({ label }) => label === 'pings, pongs')?.values[1]).toBe('12,000, 11,998');
  expect(rows.find(({ label }) => label === 'found dead')?.values[1]).toBe('2');
  const labels = comparisonRows([samplePhase()]).map(({ label }) => label);
  expect(labels).not.toContain('found dead');
});

test('clients that did not answer are told in words', () => {
  expect(phaseSentence(pinged(2))).toContain("2 clients did not answer the server's pings.");
  expect(phaseSentence(pinged(1))).toContain("1 client did not answer the server's pings.");
  expect(phaseSentence(pinged(0))).not.toContain('pings');
});
