import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, expect, it } from 'vitest';
import { processTree, usageOf } from '../../src/topology/supervisor/proc.ts';

const child = spawn('sh', ['-c', 'sleep 60 & echo "$!"; wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
let grandchild = 0;
afterAll(() => {
  child.kill('SIGKILL');
  if (grandchild !== 0) process.kill(grandchild, 'SIGKILL');
});

it.skipIf(process.platform !== 'linux')('sees a process with its children, and what they take', async () => {
  grandchild = Number(String((await once(child.stdout, 'data'))[0]));
  expect(processTree(child.pid as number)).toEqual([child.pid, grandchild]);
  expect(processTree(process.pid)).toContain(grandchild);
  const usage = usageOf([process.pid]);
  const { user, system } = process.cpuUsage();
  expect(Math.abs((usage.cpuS ?? 0) - (user + system) / 1e6)).toBeLessThan(0.5);
  expect(Math.abs((usage.rssBytes ?? 0) / process.memoryUsage.rss() - 1)).toBeLessThan(0.2);
  expect(usage.openDescriptors).toBeGreaterThan(3);
  expect(usage.maxDescriptors).toBeGreaterThan(100);
});

it('says that it does not know of what is not there', () => {
  expect(processTree(2 ** 30)).toEqual([]);
  expect(usageOf([2 ** 30])).toEqual({
    ...{ cpuS: null, rssBytes: null, openDescriptors: null, maxDescriptors: null },
  });
  expect(usageOf([])).toMatchObject({ cpuS: null });
});
