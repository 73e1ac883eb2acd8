import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRecordOf, runCli, scratch, startCli } from './cli.ts';
import { type Script, startScripted } from './scripted-server.ts';

/** Ten cycles, as short as can be. */
const SOAK = ['--soak', '10', '--clients', '200', '--connect-rate', '1000', '--duration', '200ms'];

async function soaked(flags: string[]) {
  const out = join(scratch(), 'run');
  const { status, stderr, stdout } = await runCli(['attack', ...SOAK, ...flags, '--out', out]);
  const { phases, findings, verdict } = readRecordOf(out);
  return { status, stderr, stdout, leak: phases[0]?.leak, findings, verdict, phase: phases[0] };
}

async function soakedScripted(script: Script, flags: string[] = []) {
  const server = await startScripted(script);
  try {
    return await soaked(['--target', server.url, '--pid', String(server.pid), ...flags]);
  } finally {
    await server.stop();
  }
}

describe.concurrent('a soak of the bundled server', () => {
  test('finds nothing where nothing leaks', async () => {
    const { status, leak, findings, phase, stdout } = await soaked(['--gate', '*.leak.found == 0']);
    // Of so few connections, a small leak of memory cannot be told from code that warms up, which it may say.
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(leak?.processes).toMatchObject([{ role: 'node', memoryIs: 'collected-heap' }]);
    const [{ baseline, cycles, descriptors }] = leak?.processes ?? [];
    expect(descriptors.verdict).toBe('steady');
    expect(cycles.map(({ connections }) => connections)).toEqual(Array(10).fill(200));
    expect(cycles.at(-1)?.openDescriptors).toBe(baseline.openDescriptors);
    expect(phase.ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
    expect(phase.clients).toMatchObject({ established: 200, peak: 200, atEnd: 0 });
    expect(stdout).toMatch(/No leak was found in 10\s+cycles/);
    expect(status).toBe(0);
  });

  test('finds the descriptors that it was asked to leak, to the last one', async () => {
    const flags = ['--fault', 'leak-descriptor:share=0.02', '--gate', 'single.leak.found == 0'];
    const { status, leak, findings, phase } = await soaked(flags);
    expect(status).toBe(99);
    expect(findings.map(({ kind }) => kind)).toContain('leak-descriptors');
    const [{ baseline, descriptors }] = leak?.processes ?? [];
    expect(Number(descriptors.last) - Number(baseline.openDescriptors)).toBe(
      phase.server?.faults?.['leak-descriptor'],
    );
  });

  test('finds the memory that it was asked to leak', async () => {
    const { leak, findings } = await soaked(['--fault', 'leak-memory:bytes=2000']);
    expect(findings.map(({ kind }) => kind)).toEqual(['leak-memory']);
    const rate = Number(leak?.processes[0].memory.bytesPerConnection);
    expect(rate).toBeGreaterThan(1900);
    expect(rate).toBeLessThan(2300);
  });

  test('that is interrupted writes what it saw', async () => {
    const out = join(scratch(), 'run');
    const run = startCli(['attack', ...SOAK, '--out', out]);
    // Each second is told with the stage that it ended in, and a cycle is shorter: any stage may be the first told.
    await run.said(/^single +(soak|ramp|hold|drain)/m);
    run.process.kill('SIGINT');
    expect((await run.done).status).toBe(130);
    const { leak, endedEarly } = readRecordOf(out).phases[0];
    expect(leak?.cycles).toBeLessThan(10);
    expect(leak).toMatchObject({ found: null, processes: [{ role: 'node' }] });
    expect(endedEarly).toBe('SIGINT');
  });
});

describe.concurrent('a soak of a target by its process', () => {
  test('counts its descriptors, and says which leaks of memory it could not have seen', async () => {
    const { status, leak, findings } = await soakedScripted({ keep: { everyDescriptor: 50 } });
    expect(status).toBe(0);
    expect(leak?.processes).toMatchObject([
      { role: 'target', memoryIs: 'rss', descriptors: { verdict: 'leak', perConnection: 1 / 50 } },
    ]);
    expect(findings.map(({ kind }) => kind)).toContain('leak-descriptors');
    expect(leak?.processes[0].memory.smallestDetectableBytesPerConnection).toBeGreaterThan(1000);
  });

  test('finds a leak of memory that is large enough', async () => {
    const { leak } = await soakedScripted({ keep: { bytes: 200_000 } });
    expect(leak?.processes[0]).toMatchObject({
      descriptors: { verdict: 'steady' },
      memory: { verdict: 'leak' },
    });
    const rate = Number(leak?.processes[0].memory.bytesPerConnection);
    expect(Math.abs(rate / 200_000 - 1)).toBeLessThan(0.2);
  });

  test('does not begin where there is no such process', async () => {
    const server = await startScripted();
    const pid = server.pid;
    await server.stop();
    const { status, stderr, phase } = await soaked(['--target', server.url, '--pid', String(pid)]);
    expect(status).toBe(4);
    expect(stderr).toContain(`There is no process ${pid} on this machine`);
    expect(phase).toBe(undefined);
  });
});
