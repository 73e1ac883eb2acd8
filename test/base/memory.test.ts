import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { readMachine, readProcesses, readSocketsInUse } from '../../src/base/memory.ts';

const MB = 1024 ** 2;

describe.runIf(process.platform === 'linux')('the memory of processes', () => {
  test('grows with what this one takes', async () => {
    const before = await readProcesses([process.pid]);
    const taken = Buffer.alloc(32 * MB, 1);
    const after = await readProcesses([process.pid]);
    const grown = Number(after?.anonymousBytes) - Number(before?.anonymousBytes);
    expect(grown).toBeGreaterThan(taken.length / 2);
    expect(after?.bytes).toBeGreaterThan(Number(after?.anonymousBytes));
  });

  test('has that of their children in it', async () => {
    const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; wait; echo; read forever']);
    try {
      const child = Number(String((await once(shell.stdout, 'data'))[0]));
      const both = await readProcesses([Number(shell.pid)]);
      process.kill(child);
      await once(shell.stdout, 'data');
      const alone = await readProcesses([Number(shell.pid)]);
      expect(both?.bytes).toBeGreaterThan(Number(alone?.bytes));
    } finally {
      shell.kill('SIGKILL');
    }
  });

  test('that have ended is none', async () => {
    const ended = spawn('true');
    await once(ended, 'exit');
    expect(await readProcesses([Number(ended.pid)])).toBe(null);
    expect(await readProcesses([])).toBe(null);
    const own = await readProcesses([Number(ended.pid), process.pid]);
    expect(own?.bytes).toBeGreaterThan(10 * MB);
  });
});

describe.runIf(process.platform === 'linux')('the memory of the machine', () => {
  test('is told, and how many sockets there are', async () => {
    const machine = await readMachine();
    expect(machine.availableBytes).toBeGreaterThan(MB);
    expect(machine.slabBytes).toBeGreaterThan(MB);
    expect(machine.swapUsedBytes).toBeGreaterThanOrEqual(0);
    expect(machine.bufferBytes).toBeGreaterThanOrEqual(0);
    expect(machine.sockets?.timeWait).toBeGreaterThanOrEqual(0);
    expect(await readSocketsInUse()).toBeGreaterThanOrEqual(0);
  });

  test.runIf(process.getuid?.() === 0)('is told root by caches of sockets', async () => {
    const { socketCaches } = await readMachine();
    expect(socketCaches?.get('TCP')?.objectBytes).toBeGreaterThan(1000);
    expect(socketCaches?.get('sock_inode_cache')?.objects).toBeGreaterThan(0);
  });
});
