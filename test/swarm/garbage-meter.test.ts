import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import type { GarbageTime } from '../../src/swarm/garbage-meter.ts';

/** What a thread has its meter tell after it has done something. */
async function measured(work: string): Promise<{ first: GarbageTime; second: GarbageTime; spentMs: number }> {
  const meter = new URL('../../dist/swarm/garbage-meter.js', import.meta.url);
  const code = `
    import { parentPort } from 'node:worker_threads';
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    import { createGarbageMeter } from ${JSON.stringify(meter.href)};
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    const meter = createGarbageMeter();
    const begun = performance.now();
    ${work}
    const spentMs = performance.now() - begun;
    // V8's reports come with the next turns of the loop.
    setTimeout(() => {
      const first = meter.take();
      parentPort.postMessage({ first, second: meter.take(), spentMs });
      meter.close();
    }, 50);`;
  // A module, as the meter is one.
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  onTestFinished(() => void worker.terminate());
  const [result] = await once(worker, 'message');
  return result;
}

const GARBAGE = 'const kept = []; for (let i = 0; i < 300_000; i++) kept.push({ i, text: String(i) });';

test('a thread that makes garbage is told how long it stood still, all in all and at the most', async () => {
  const { first, spentMs } = await measured(GARBAGE);
  expect(first.gcMs).toBeGreaterThan(0);
  expect(first.gcMaxMs).toBeGreaterThan(0);
  expect(first.gcMaxMs).toBeLessThanOrEqual(first.gcMs);
  expect(first.gcMs).toBeLessThan(spentMs);
});

test('what was told once is not told again', async () => {
  const { second } = await measured(GARBAGE);
  expect(second).toEqual({ gcMs: 0, gcMaxMs: 0 });
});

test('a collection that was asked for does not count: nothing is timed meanwhile', async () => {
  const { first, spentMs } = await measured('for (let i = 0; i < 5; i++) collect();');
  expect(spentMs).toBeGreaterThan(0);
  expect(first.gcMs).toBeLessThan(spentMs / 2);
});
