/** `wsscale plan` as a user runs it, on a saved record. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sampleRecord } from '../report/sample-record.ts';
import { runCli, scratch } from './cli.ts';

const PRICES = `asOf: 2026-11-24
currency: USD
nodes:
  small: { perHour: 0.05, cores: 1, memoryGB: 2, networkGbps: 1 }
  large: { perHour: 0.5, cores: 8, memoryGB: 64, networkGbps: 10 }
`;

describe('wsscale plan', () => {
  let folder: string;
  let record: string;
  let prices: string;

  beforeAll(() => {
    folder = scratch();
    record = join(folder, 'record.json');
    prices = join(folder, 'prices.yaml');
    writeFileSync(record, JSON.stringify(sampleRecord()));
    writeFileSync(prices, PRICES);
  });

  const plan = (...flags: string[]) =>
    runCli(['plan', record, '--users', '5000', '--zones', '3', ...flags], { cwd: folder });

  test('answers in the first line, and writes all that the plan gives', async () => {
    const { status, stdout } = await plan('--out', 'given');
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^5,000 users: \d+ nodes, of which 1 may be lost; /);
    expect(Math.max(...lines.slice(0, -1).map((line) => line.length))).toBeLessThanOrEqual(80);
    const written = lines[lines.length - 1];
    expect(isAbsolute(written)).toBe(true);
    for (const file of [
      'plan.json',
      'summary.md',
      'sysctl.d/99-websocket.conf',
      'limits.d/99-websocket.conf',
      'systemd/websocket.service.d/limits.conf',
      'nginx.conf',
      'kubernetes/websocket.yaml',
      'kubernetes/autoscaling.yaml',
      'kubernetes/prometheus-adapter.yaml',
    ]) {
      expect(existsSync(join(written, file)), file).toBe(true);
    }
    expect(readFileSync(join(written, 'report.html'), 'utf8')).toContain('<h2>Capacity plan</h2>');
    const saved = JSON.parse(readFileSync(join(written, 'plan.json'), 'utf8'));
    const nginx = readFileSync(join(written, 'nginx.conf'), 'utf8');
    expect(nginx.match(/^ {4}server 10\./gm)).toHaveLength(saved.nodesPerRegion);
  });

  test('with --json it is the document that it writes, and nothing else is on stdout', async () => {
    const { stdout, stderr } = await plan('--json', '--out', 'given');
    expect(stdout).toBe(readFileSync(join(folder, 'given', 'plan.json'), 'utf8'));
    expect(stderr.trim()).toBe(join(folder, 'given'));
  });

  test('takes the cheapest nodes of the price file, or those that are named', async () => {
    const { cost, options } = JSON.parse((await plan('--json', '--prices', prices)).stdout);
    expect(cost.nodeType).toBe('small');
    expect(options.map(({ nodeType }: { nodeType: string }) => nodeType)).toEqual(['small', 'large']);
    const { stdout } = await plan('--prices', prices, '--node-type', 'large');
    expect(stdout).toMatch(/On large that is [\d.,]+ USD a month/);
  });

  test.each([
    [['--node-type', 'small'], 'give that with --prices'],
    [['--prices', 'prices.yaml', '--cores', '4'], 'leave out --cores'],
    [['--prices', 'prices.yaml', '--node-type', 'smal'], 'did you mean small?'],
    [['--prices', 'nowhere.yaml'], 'there is no such file'],
    [['--p99', 'soon'], 'write it like 500ms'],
    [['--utilization', '2'], 'no more than 1'],
  ])('%j is a wrong usage, and is told how to mend', async (flags, remedy) => {
    const { status, stderr, stdout } = await plan(...flags);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(remedy);
  });

  test('a price file with an error says where', async () => {
    writeFileSync(join(folder, 'wrong.yaml'), PRICES.replace('memoryGB: 2', 'memory: 2'));
    const { status, stderr } = await plan('--prices', 'wrong.yaml');
    expect(status).toBe(2);
    expect(stderr).toMatch(/wrong\.yaml:4:37: nodes\.small\.memory: is no known key/);
  });
});
