import { expect, test } from 'vitest';
import { detect } from '../../src/analysis/detectors.ts';
import { createRandom } from '../../src/base/random.ts';
import type { SoakedProcess } from '../../src/model/leak.ts';
import { descriptorLeak, fromOutside, healthy, leakOf, memoryLeak } from '../support/leaks.ts';
import { quietPhase } from '../support/phases.ts';
import { noisy, soaked } from './soaked.ts';

const found = (...processes: SoakedProcess[]) => detect([quietPhase({ leak: leakOf(...processes) })]);

test('of a healthy server nothing is found', () => {
  expect(found(healthy())).toEqual([]);
});

test('a memory leak is an error that says how much of each connection is kept', () => {
  expect(found(memoryLeak())).toEqual([
    {
      phase: 'single',
      kind: 'leak-memory',
      severity: 'error',
      title: 'node-0 keeps 200 B of each closed connection',
      detail: expect.any(String),
      evidence:
        '200 B a connection (95 %: 200 B to 200 B) over 10 cycles, Mann-Kendall p = 3e-7; by its heap after garbage collection',
    },
  ]);
});

test('a descriptor leak is an error that says how many connections it takes', () => {
  expect(found(descriptorLeak())).toMatchObject([
    {
      kind: 'leak-descriptors',
      severity: 'error',
      title: 'node-0 does not close all descriptors',
      evidence: '33 were open at the last end, 23 when it was warm: one in 1,000 connections',
    },
  ]);
});

test('of memory seen from outside it is said which leaks could not have been seen', () => {
  const [finding, ...others] = found(fromOutside());
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ kind: 'leak-memory-unclear', severity: 'info' });
  expect(finding.title).toMatch(
    /^Of the memory of process 4711, a leak of less than \d+ B a connection could not have been seen$/,
  );
});

test('memory of our own that scatters too much is a warning', () => {
  const scattered = soaked({ memory: noisy(createRandom(1, 'soak'), 12, 300_000, 0) });
  expect(found(scattered)).toMatchObject([{ kind: 'leak-memory-unclear', severity: 'warning' }]);
});

test('a descriptor more at the last end alone is a warning', () => {
  const late = soaked({ descriptors: [22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 23] });
  expect(found(late)).toMatchObject([{ kind: 'leak-descriptors-unclear', severity: 'warning' }]);
});

test('each process is told apart', () => {
  const other = { ...descriptorLeak(), role: 'node-1' };
  expect(found(memoryLeak(), other).map(({ title }) => title.split(' ')[0])).toEqual(['node-0', 'node-1']);
});
