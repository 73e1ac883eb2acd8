import { describe, expect, test } from 'vitest';
import { judgeLeak } from '../../src/analysis/leak.ts';
import { createSoakBook, toLeak } from '../../src/collect/leak.ts';
import type { SettledProcess } from '../../src/model/leak.ts';
import { recordSchema } from '../../src/model/record.ts';

const settled = (pid: number, openDescriptors: number, memoryBytes = 7e6): SettledProcess => ({
  role: `node-${pid}`,
  pid,
  memoryIs: 'collected-heap',
  openDescriptors,
  memoryBytes,
});

describe('the book of a soak', () => {
  test('keeps the cycles of each process apart', () => {
    const book = createSoakBook([settled(1, 20), settled(2, 30)]);
    book.addCycle(100, [settled(2, 31), settled(1, 20)]);
    book.addCycle(90, [settled(1, 21), settled(2, 32)]);
    const ends = book.processes.map(({ cycles }) => cycles.map((cycle) => cycle.openDescriptors));
    expect(ends).toEqual([
      [20, 21],
      [31, 32],
    ]);
    expect(book.processes[1].baseline).toEqual({ openDescriptors: 30, memoryBytes: 7e6 });
    expect(book.processes[0].cycles.map(({ connections }) => connections)).toEqual([100, 90]);
    expect(book.cycles).toBe(2);
  });

  test('knows nothing of a process that did not answer', () => {
    const book = createSoakBook([settled(1, 20)]);
    book.addCycle(100, []);
    expect(book.processes[0].cycles).toEqual([
      { connections: 100, openDescriptors: null, memoryBytes: null },
    ]);
  });
});

describe('the leak of a record', () => {
  /** After so many cycles of 1,000 connections, of which the second process keeps 200 bytes and a descriptor each. */
  function leakAfter(cycles: number) {
    const book = createSoakBook([settled(1, 20), settled(2, 20)]);
    for (let n = 1; n <= cycles; n++)
      book.addCycle(1000, [settled(1, 20), settled(2, 20 + n, 7e6 + n * 200_000)]);
    return toLeak(book, judgeLeak);
  }

  test('has each process with its judgement, and counts the leaks', () => {
    const leak = leakAfter(12);
    expect(leak).toMatchObject({
      ...{ cycles: 12, found: 2 },
      processes: [
        { role: 'node-1', descriptors: { verdict: 'steady' }, memory: { verdict: 'steady' } },
        { role: 'node-2', descriptors: { verdict: 'leak' }, memory: { verdict: 'leak' } },
      ],
    });
    expect(recordSchema.shape.phases.element.shape.leak.parse(leak)).toEqual(leak);
  });

  test('does not say that there is none where too few cycles came to their end', () => {
    expect(leakAfter(9)).toMatchObject({ cycles: 9, found: null });
  });
});
