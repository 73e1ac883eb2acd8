import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readSocketsInUse } from '../../src/base/memory.ts';
import { type MemoryBook, type MemoryReading, MIN_CONNECTIONS } from '../../src/collect/memory.ts';
import { letServerCollect, weigh, weighAfter } from '../../src/stage/weigh.ts';
import { createStageRig, fakeClock, played } from '../support/stages.ts';

/** A book that keeps what it was asked for, and takes its time. */
function createBook(tookMs = 10) {
  const taken: [moment: string, connections: number, atMs: number][] = [];
  const book: MemoryBook = {
    readings: {},
    async take(moment, connections) {
      if (tookMs > 0) await new Promise((resolve) => setTimeout(resolve, tookMs));
      taken.push([moment, connections, fakeClock.nowMs()]);
    },
  };
  return { book, taken };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

describe('weighing', () => {
  test('is done when everything was read', async () => {
    const { book, taken } = createBook(500);
    const rig = createStageRig();
    const startMs = fakeClock.nowMs();
    await played(weigh(rig, book, 'connected'));
    expect(taken).toEqual([['connected', 0, startMs + 500]]);
  });

  test('ends with its phase', async () => {
    const { book } = createBook(60_000);
    const rig = createStageRig();
    setTimeout(() => rig.end('SIGINT'), 100);
    const startMs = fakeClock.nowMs();
    await expect(played(weigh(rig, book, 'settled'))).rejects.toThrow('SIGINT');
    expect(fakeClock.nowMs() - startMs).toBeLessThan(10_000);
  });
});

describe('the server', () => {
  test.for([
    ['is given time to collect its garbage', MIN_CONNECTIONS, 2000],
    ['is not waited for where too few are connected to weigh it', MIN_CONNECTIONS - 1, 0],
  ] as const)('%s', async ([, connected, waitMs]) => {
    const rig = createStageRig();
    vi.spyOn(rig.tally, 'connected').mockReturnValue(connected);
    const startMs = fakeClock.nowMs();
    await played(letServerCollect(rig));
    expect(fakeClock.nowMs() - startMs).toBeGreaterThanOrEqual(waitMs);
    expect(fakeClock.nowMs() - startMs).toBeLessThan(waitMs + 500);
  });
});

vi.mock('../../src/base/memory.ts', async (original) => ({
  ...(await original<typeof import('../../src/base/memory.ts')>()),
  readSocketsInUse: vi.fn(),
}));

describe('after a phase', () => {
  const reading = (connections: number, inuse: number) =>
    ({ connections, machine: { sockets: { inuse, timeWait: 0 } } }) as MemoryReading;

  test.for([
    ['its sockets are waited for', [3000, 1500, 30], 100],
    ['they are not waited for beyond some seconds', [3000], 3000],
    ['where the system does not tell of them, nothing is', [null], 0],
  ] as const)('%s', async ([, seen, waitMs]) => {
    const { book, taken } = createBook(0);
    Object.assign(book.readings, { before: reading(0, 20), settled: reading(2000, 4020) });
    const looks = [...seen];
    const look = () => Promise.resolve(looks.length > 1 ? looks.shift()! : looks[0]);
    vi.mocked(readSocketsInUse).mockImplementation(look);
    const startMs = fakeClock.nowMs();
    await played(weighAfter(book, fakeClock, new AbortController().signal));
    expect(taken).toEqual([['after', 0, startMs + waitMs]]);
  });
});

test('after a small phase nothing is waited for', async () => {
  const { book, taken } = createBook();
  const few = { connections: 10, machine: { sockets: { inuse: 20, timeWait: 0 } } } as MemoryReading;
  Object.assign(book.readings, { before: { ...few, connections: 0 }, settled: few });
  await played(weighAfter(book, fakeClock, new AbortController().signal));
  expect(taken).toMatchObject([['after', 0, expect.anything()]]);
});
