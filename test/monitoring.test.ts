/**
 * The dashboard and the rules for those who monitor the bundled server, held against what it really tells.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pagesOfEachKind } from './topology/pages.ts';

const { pages, stop } = await pagesOfEachKind();
afterAll(stop);

const RULES = 'docs/prometheus/wsscale-rules.yml';
const rules: { alert: string; expr: string; annotations: Record<string, string> }[] = parse(
  readFileSync(RULES, 'utf8'),
).groups.flatMap((group: { rules: unknown[] }) => group.rules);

interface Panel {
  title: string;
  type: string;
  datasource?: { uid: string };
  targets?: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}

const dashboard = JSON.parse(readFileSync('docs/grafana/wsscale.json', 'utf8'));
const panels: Panel[] = dashboard.panels;

/** Each series that a process tells, with the labels that it has; and what Prometheus adds of its own. */
const series = new Map<string, Set<string>>([['up', new Set(['job', 'instance'])]]);
for (const { metrics } of pages) {
  for (const [, name, labels = ''] of metrics.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = series.get(name) ?? new Set();
    for (const [, label] of labels.matchAll(/([a-z_]+)="/g)) known.add(label);
    series.set(name, known);
  }
}

/** What an expression names that no process tells. */
function unknownIn(expr: string): string[] {
  // What stands in braces, brackets and texts are no metrics.
  const bare = expr.replace(/"[^"]*"/g, '').replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ');
  const grouped = [...bare.matchAll(/\b(?:by|on|without|ignoring) *\(([^)]*)\)/g)];
  const names = bare
    .replace(/\b(by|on|without|ignoring) *\([^)]*\)/g, ' ')
    .replace(/\b(and|or|unless|bool|offset)\b/g, ' ')
    .match(/[a-z_:][a-z0-9_:]*(?![a-z0-9_:]* *\()/g);
  const ofAll = new Set((names ?? []).flatMap((name) => [...(series.get(name) ?? [])]));
  const matched = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, text]) => [
    ...text.matchAll(/([a-z_]+) *[=!]/g),
  ]);
  const labels = [
    ...matched.map(([, label]) => label),
    ...grouped.flatMap(([, text]) => text.split(/ *, */)),
  ];
  return [
    ...(names ?? []).filter((name) => !series.has(name)),
    ...labels.filter((label) => label !== '' && !ofAll.has(label)).map((label) => `{${label}}`),
  ];
}

/** The labels that a text shows. */
function labelsIn(text: string): string[] {
  return [...text.matchAll(/\{\{ *(?:\$labels\.)?([a-z_]+) *\}\}/g)].map(([, label]) => label);
}

/** The labels that are left of an expression; null where all are. */
function labelsLeft(expr: string): string[] | null {
  const groups = [...expr.matchAll(/\bby *\(([^)]*)\)/g)].map(([, text]) => text.split(/ *, */));
  return groups.length === 0 ? null : groups.flat();
}

describe('what an expression names that there is not', () => {
  it.each([
    ['sum(rate(websocket_messages_total{direction="sent"}[5m]))', []],
    ['max by (region) (websocket_healthy{region!=""}) == 0 or vector(0)', []],
    ['histogram_quantile(0.99, sum by (le) (rate(websocket_message_latency_seconds_bucket[5m])))', []],
    ['websocket_connections_total', ['websocket_connections_total']],
    ['sum by (room) (websocket_healthy)', ['{room}']],
    ['websocket_healthy{user="x"}', ['{user}']],
  ])('of %s is %j', (expr, unknown) => {
    expect(unknownIn(expr)).toEqual(unknown);
  });
});

describe('the dashboard', () => {
  const charts = panels.filter(({ type }) => type !== 'row');

  it('has no number of a data source or of its own', () => {
    const uids = [...JSON.stringify(dashboard).matchAll(/"uid":("[^"]*"|null)/g)].map(([, uid]) => uid);
    // Its own is null until Grafana gives it one; that of the data source is chosen at the import.
    expect([...new Set(uids)].sort()).toEqual([`"\${datasource}"`, 'null']);
  });

  it('has each place once', () => {
    const places = dashboard.panels.map(
      ({ gridPos }: { gridPos: { x: number; y: number } }) => `${gridPos.x},${gridPos.y}`,
    );
    expect(new Set(places).size).toBe(places.length);
  });

  it.each(charts.map((panel) => [panel.title, panel] as const))(
    'shows under "%s" what there is',
    (_title, panel) => {
      const { targets = [] } = panel;
      expect(targets.length).toBeGreaterThan(0);
      for (const { expr, legendFormat } of targets) {
        expect(unknownIn(expr), expr).toEqual([]);
        const left = labelsLeft(expr);
        for (const label of labelsIn(legendFormat)) if (left !== null) expect(left, expr).toContain(label);
      }
    },
  );

  it('shows each count of connections, messages and heartbeats', () => {
    const shown = charts.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join('\n');
    const names = new Set(
      pages.flatMap(({ metrics }) => [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)),
    );
    const unshown = [...names].filter((name) => !shown.includes(name));
    expect(unshown.filter((name) => /^websocket_(connections|messages|send|heartbeat)/.test(name))).toEqual(
      [],
    );
  });
});

describe('the rules', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s is about what there is',
    (_name, { expr, annotations }) => {
      expect(unknownIn(expr)).toEqual([]);
      const left = labelsLeft(expr);
      for (const label of labelsIn(Object.values(annotations).join(' '))) {
        if (left !== null) expect(left).toContain(label);
      }
    },
  );

  it('have a name each', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

const promtool = isPromtoolInstalled();

describe.skipIf(!promtool)('by the tool of Prometheus itself', () => {
  it('the rules are right', () => {
    expect(run('check', 'rules', RULES)).toMatch(/SUCCESS: \d+ rules found/);
  });

  it('the alerts come when they should, and only then', () => {
    expect(run('test', 'rules', 'test/monitoring/rules.yml')).toContain('SUCCESS');
  });

  it.each(pages.map(({ kind, role, metrics }) => [kind, role, metrics]))(
    'what %s %s tells has nothing to complain about',
    (_kind, _role, metrics) => {
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: metrics,
        encoding: 'utf8',
      });
      expect([status, stdout + stderr]).toEqual([0, '']);
    },
  );
});

function run(...args: string[]): string {
  const { stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return stdout + stderr;
}

/** CI has it; elsewhere, what is skipped is told. */
function isPromtoolInstalled(): boolean {
  if (spawnSync('promtool', ['--version']).status === 0) return true;
  if (process.env.CI !== undefined) throw new Error('promtool is not installed, and CI tests with it');
  process.stderr.write('SKIPPED: promtool is not installed; what it would check is not checked.\n');
  return false;
}
