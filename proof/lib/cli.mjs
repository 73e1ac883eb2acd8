/** Runs the tool as its users do, on the built package. */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/wsscale.js', import.meta.url));

/** Attacks with a scenario, and gives back the record, and which share of the processors others took meanwhile. */
export async function attack(scenario, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-proof-'));
  try {
    // JSON is YAML.
    const file = join(folder, 'scenario.yaml');
    writeFileSync(file, JSON.stringify(scenario));
    const out = join(folder, 'run');
    const args = [BIN, 'attack', file, '--seed', String(seed), '--out', out, '--quiet'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const before = processors();
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    if (status !== 0) throw new Error(`wsscale ended with ${status}: ${said}`);
    const record = JSON.parse(readFileSync(join(out, 'record.json'), 'utf8'));
    return { record, others: shareOfOthers(before, processors(), record) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for a second in which the processors have little to do, but not for ever. */
export async function untilQuiet(busyRatio, patienceMs) {
  const untilMs = performance.now() + patienceMs;
  let before = processors();
  do {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const after = processors();
    if ((after.busyS - before.busyS) / (after.totalS - before.totalS) < busyRatio) return;
    before = after;
  } while (performance.now() < untilMs);
}

/** Time of all processors since the machine started, in seconds. */
function processors() {
  const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0].split(/\s+/).map(Number);
  const [user, nice, system, idle, iowait, irq, softirq, steal] = ticks;
  const busy = user + nice + system + irq + softirq + steal;
  return { busyS: busy / 100, totalS: (busy + idle + iowait) / 100 };
}

/** What is not the generator's and not the server's; the tool's own process, which does little, is in it. */
function shareOfOthers(before, after, { phases }) {
  const oursS = phases.reduce(
    (sum, { server, generator }) => sum + (server?.cpuS ?? 0) + (generator.cpuS ?? 0),
    0,
  );
  return Math.max(0, after.busyS - before.busyS - oursS) / (after.totalS - before.totalS);
}
