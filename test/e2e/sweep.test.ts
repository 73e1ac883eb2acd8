/**
 * Sweeps through the real command line: where the server takes fewer than the clients ask for, another policy is
 * recommended; where it does not matter, none.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import type { Herd, Phase } from '../../src/model/record.ts';
import { sweepSchema } from '../../src/model/sweep.ts';
import { readRecordOf, runCli, scratch } from './cli.ts';

const GUIDE = 'guide:base=500ms';

/** A server that takes so many a second, lets so many wait and refuses the others. */
async function paced({ onTestFinished }: TestContext, script: { perS: number; room: number }) {
  const child = fork(new URL('./servers/paced.mjs', import.meta.url), [JSON.stringify(script)]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return {
    url,
    async counts() {
      const answer = once(child, 'message');
      child.send('counts');
      return (await answer)[0] as { asked: number; accepted: number; refused: number };
    },
  };
}

async function run(phase: object): Promise<{ phase: Phase; folder: string }> {
  const folder = scratch();
  const file = join(folder, 'sweep.yaml');
  const defaults = { rate: 1, duration: '1s', drain: '1s', reconnect: GUIDE };
  writeFileSync(file, JSON.stringify({ seed: 5, defaults, phases: [phase] }));
  const { status, stderr } = await runCli(['attack', file, '--out', join(folder, 'run'), '--quiet']);
  expect([0, 3], stderr).toContain(status);
  return { phase: readRecordOf(join(folder, 'run')).phases[0], folder: join(folder, 'run') };
}

const herds = (trigger: string) => [{ trigger, hold: '500ms', observe: '30s' }];

function sweepOf(phase: Phase) {
  const sweep = sweepSchema.parse(phase.sweep);
  const best = sweep.recommended === null ? null : sweep.entries[sweep.recommended];
  return { sweep, today: sweep.entries[0], best };
}

const sum = (all: Herd[], of: (herd: Herd) => number) => all.reduce((total, herd) => total + of(herd), 0);

describe.concurrent('a sweep', () => {
  test('over a target that takes 100 a second recommends to spread the clients over the time that it needs', async (context) => {
    const CLIENTS = 300;
    const server = await paced(context, { perS: 100, room: 30 });
    const { phase, folder } = await run({
      ...{ target: server.url, clients: CLIENTS, connectRate: 90 },
      ...{ herds: herds('drop'), sweep: ['auto', 'socket.io'] },
    });
    const { sweep, today, best } = sweepOf(phase);
    expect(sweep.verdict).toBe('change');
    expect(sweep.isAtLeast).toBe(false);
    // What one second held of a pace that was kept, and of up to 30 that had waited for it.
    expect(sweep.acceptsPerS).toBeGreaterThan(85);
    expect(sweep.acceptsPerS).toBeLessThan(135);
    expect(best?.policy.kind).toBe('full-jitter');
    expect(best?.policy.firstMs).toBeGreaterThanOrEqual(2000);
    expect(best?.policy.firstMs).toBeLessThanOrEqual(7500);
    const [before] = today.herds;
    const [after] = best?.herds ?? [];
    expect(today.flaws).toHaveLength(1);
    expect(before.peakAttemptsPerS).toBeGreaterThan(250);
    expect(after.peakAttemptsPerS).toBeLessThan(160);
    expect(after.amplification ?? 9).toBeLessThan((before.amplification ?? 0) - 0.3);
    expect(after.t99Ms ?? Infinity).toBeLessThan((before.t99Ms ?? Infinity) * 1.2);
    expect(sweep.entries.at(-1)?.policyText).toMatch(/^socket\.io:/);

    // Both ends have counted the same.
    const all = sweep.entries.flatMap((entry) => entry.herds);
    expect(all.every(({ affected }) => affected === CLIENTS)).toBe(true);
    const { asked, accepted, refused } = await server.counts();
    // One more looked whether the server is there.
    expect(phase.connect.attempts).toBe(asked - 1);
    expect(phase.connect.established).toBe(accepted - 1);
    expect(phase.connect.failed).toEqual({ HTTP_503: refused });
    expect(sum(all, ({ failed }) => failed.HTTP_503 ?? 0)).toBeLessThanOrEqual(refused);
    expect(phase.ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
    expect(phase.clients.atEnd).toBe(CLIENTS);
    const summary = readFileSync(join(folder, 'summary.md'), 'utf8');
    expect(summary).toContain(`const FIRST_MS = ${best?.policy.firstMs};`);
  });

  test('over the bundled server with a pace of its own does the same', async () => {
    const { phase } = await run({
      ...{ topology: 'single', clients: 300, connectRate: 80, faults: ['accept-rate:perS=100,backlog=50'] },
      ...{ herds: herds('drop'), sweep: ['auto'] },
    });
    const { sweep, today, best } = sweepOf(phase);
    expect(sweep).toMatchObject({ verdict: 'change', isAtLeast: false });
    expect(today.flaws.join()).toContain('asked for');
    expect(best?.policy.firstMs).toBeGreaterThanOrEqual(2000);
    expect(best?.herds[0].peakAttemptsPerS).toBeLessThan(160);
  });

  test('of few clients recommends no change', async () => {
    const { phase, folder } = await run({
      ...{
        topology: 'single',
        clients: 40,
        herds: herds('restart'),
        sweep: ['auto', 'full-jitter:first=1s'],
      },
    });
    const { sweep, today, best } = sweepOf(phase);
    expect(sweep).toMatchObject({ verdict: 'keep', recommended: 0 });
    expect(best).toEqual(today);
    expect(sweep.entries).toHaveLength(6);
    expect(phase.clients.atEnd).toBe(40);
    expect(readFileSync(join(folder, 'summary.md'), 'utf8')).not.toContain('FIRST_MS');
  });

  test('over a node of a cluster hits as many clients with each policy, wherever they went before', async () => {
    const { phase } = await run({
      ...{ topology: 'cluster', routing: 'stateless', nodes: 3, clients: 60, connectRate: 300 },
      ...{ herds: herds('kill'), sweep: ['full-jitter:first=500ms', 'full-jitter:first=1s'] },
    });
    const { sweep } = sweepOf(phase);
    // Sixty among three: without the second look at them, the node that came back would have none, and others thirty.
    for (const { affected } of sweep.entries.flatMap((entry) => entry.herds)) {
      expect(affected).toBeGreaterThanOrEqual(20);
      expect(affected).toBeLessThanOrEqual(23);
    }
    expect(sweep.entries.every(({ herds: [{ neverReturned }] }) => neverReturned === 0)).toBe(true);
    expect(phase.ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
    expect(phase.clients.atEnd).toBe(60);
  });
});
