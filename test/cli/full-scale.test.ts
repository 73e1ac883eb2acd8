/**
 * `wsscale attack --full-scale`, as it is typed, on a machine that grants little.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/wsscale.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'wsscale-full-scale-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scenario = join(folder, 'rungs.yaml');
writeFileSync(
  scenario,
  'phases: [{ topology: single }, { topology: edge }, { target: "ws://127.0.0.1:1" }]\n',
);

/** Runs the tool where a process may have 1,500 descriptors. */
function attack(...flags: string[]) {
  const script = 'ulimit -n 1500 && exec "$0" "$@"';
  const args = [process.execPath, BIN, 'attack', scenario, '--full-scale', ...flags];
  return spawnSync('sh', ['-c', script, ...args], { cwd: folder, encoding: 'utf8' });
}

it('says in a dry run what it would do, where it stops, and why', () => {
  const { status, stdout } = attack('--dry-run');
  expect(status).toBe(0);
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^single: 1,300 clients connect to one node /);
  expect(lines[2]).toMatch(/^edge: 83,200 clients connect to 64 gateways /);
  expect(lines[4]).toMatch(/^target: 1,000 clients connect /);
  expect(lines.filter((line) => line.includes('full scale'))).toEqual([
    expect.stringMatching(
      /^warning: single: full scale stops at 1,300 of 10,000 clients: .* `ulimit -n 10200` lifts that$/,
    ),
    expect.stringMatching(
      /^warning: edge: full scale stops at 83,200 of 1,000,000 clients: the bundled server is 64 gateways /,
    ),
  ]);
});

it.each([
  [['--clients', '5'], '--clients'],
  [['--quick'], '--quick'],
])('takes %j beside it for a mistake', (flags, other) => {
  const { status, stderr } = attack(...flags);
  expect(status).toBe(2);
  expect(stderr).toContain(
    `--full-scale: says how many clients there are, as ${other} does; leave one of them out`,
  );
});
