import { describe, expect, it } from 'vitest';
import type { Phase } from '../../../src/model/record.ts';
import { toHtml } from '../../../src/report/html/page.ts';
import { HOSTILE, hostileRecord } from '../hostile-record.ts';
import { clusterPhase } from '../sample-cluster.ts';
import { barePhase, invalidPhase, samplePhase } from '../sample-phase.ts';
import { emptyRecord, ladderRecord, sampleRecord } from '../sample-record.ts';
import { assertWellFormed, xmllintMissing } from '../tools.ts';

function pageOf(...phases: Phase[]): string {
  return toHtml({ ...sampleRecord(), phases });
}

function oneStorm(): Phase {
  const phase = samplePhase();
  for (const row of phase.timeline) if (row.tMs >= 33_000) row.stage = 'storm';
  return phase;
}

function drawings(page: string): string[] {
  return page.match(/<svg[\s\S]*?<\/svg>/g) ?? [];
}

/** What becomes of a number that is none; a browser would leave out such a piece of a drawing without a word. */
function oddNumbers(page: string): string[] {
  // The scenario may say null.
  return page.replace(/<pre>[\s\S]*<\/pre>/, '').match(/NaN|Infinity|undefined|null/g) ?? [];
}

describe('report.html', () => {
  it('answers first, then judges, then compares', () => {
    const page = toHtml(sampleRecord());
    const places = ['Holds 1,843 connections', '✗ Fail', 'At a glance', 'Latency by percentile'].map((text) =>
      page.indexOf(text),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  it('puts several phases side by side', () => {
    const page = pageOf(samplePhase(), { ...invalidPhase(), name: 'cluster' }, barePhase());
    expect(page).toContain('<a href="#phase-1">cluster</a>');
    expect(page).toMatch(
      /response p99<\/th><td>25.8 ms<\/td><td class="invalid">INVALID \(generator\)<\/td><td>–</,
    );
  });

  it.each([
    [
      'all that can be drawn',
      samplePhase(),
      [
        'percentiles',
        'connections',
        'heat',
        'messages',
        'herd-0',
        'herd-1',
        'connects',
        'server-cpu',
        'server-memory',
      ],
    ],
    [
      'no latency of an overloaded generator',
      invalidPhase(),
      ['connections', 'messages', 'connects', 'server-cpu', 'server-memory'],
    ],
    [
      'how messages go round in rooms, too',
      clusterPhase(),
      [
        ...['percentiles', 'fanout', 'heat', 'connections', 'messages', 'connects'],
        ...['herd-0', 'herd-1', 'server-cpu', 'server-memory'],
      ],
    ],
    ['nothing where nothing was measured', barePhase(), []],
  ])('draws %s', (_name, phase, charts) => {
    const ids = [...pageOf(phase).matchAll(/<figure id="phase-0-([^"]*)"/g)].map(([, id]) => id);
    expect(ids).toEqual(charts);
  });

  it.each([
    ['two storms', samplePhase(), 2],
    ['one storm in which a herd follows another', oneStorm(), 2],
  ])('marks where each herd was broken, in %s', (_name, phase, breaks) => {
    const chart = /<figure id="phase-0-connections"[\s\S]*?<\/figure>/.exec(pageOf(phase))?.[0] ?? '';
    const places = [...chart.matchAll(/class="break" d="M([\d.]+) 46/g)].map(([, x]) => Number(x));
    expect(places).toHaveLength(breaks);
    expect(new Set(places).size).toBe(breaks);
  });

  it('shows no latency, capacity or recovery time of an overloaded generator', () => {
    const phase = invalidPhase();
    const page = toHtml({ ...sampleRecord(), phases: [phase], verdict: emptyRecord().verdict });
    expect(page).not.toContain('25.8 ms');
    expect(page).not.toContain('5.15 s');
    expect(page.match(/INVALID \(generator\)/g)?.length).toBeGreaterThan(30);
  });

  it.each([
    ['the sample', sampleRecord],
    ['single and cluster', ladderRecord],
    ['a hostile record', hostileRecord],
    ['a run without phases', emptyRecord],
  ])('has no script, no reference to anywhere, and no odd number for %s', (_name, make) => {
    const page = toHtml(make());
    expect(page).not.toMatch(/<script|<img|<iframe|<object|<style[^>]*src|@import|url\((?!#)/i);
    expect(
      [...page.matchAll(/(?:href|src)="([^"]*)"/g)]
        .map(([, to]) => to)
        .filter((to) => !/^(#|data:,$)/.test(to)),
    ).toEqual([]);
    expect(oddNumbers(page)).toEqual([]);
  });

  it('shows no reach and no fan-out of an overloaded generator, but what was counted', () => {
    const phase = { ...clusterPhase(), generator: invalidPhase().generator };
    const page = pageOf(phase);
    expect(page).not.toContain('99.98 %');
    expect(page).not.toContain('Fan-out by percentile');
    expect(page).toContain('<dt>copies that they got</dt><dd>59,988</dd>');
  });

  it('has what the server says of rooms, and how evenly its nodes were loaded', () => {
    const page = pageOf(clusterPhase());
    expect(page).toContain('topology cluster · 4 nodes, sticky, nginx, Redis');
    expect(page).toContain('<dt>server: sent again from the history</dt><dd>480</dd>');
    expect(page).toContain('104 · 97 · 103 · 96');
    expect(pageOf(samplePhase())).not.toContain('<h3>Rooms</h3>');
  });

  it('has the memory of each moment that was read, and what it comes to', () => {
    const page = pageOf(samplePhase());
    expect(page).toContain('<th scope="col">before</th><th scope="col">connected</th>');
    expect(page).toContain(
      '<th scope="row">TCP sockets</th><td>31</td><td>3,717</td><td>3,717</td><td>31</td>',
    );
    expect(page).toContain('<dt>kernel, a socket</dt><dd>3.38 KB</dd>');
    const early = samplePhase();
    Object.assign(early.memory!, { settled: null, after: null });
    expect(pageOf(early)).toContain('<th scope="row">TCP sockets</th><td>31</td><td>3,717</td></tr>');
    expect(pageOf(barePhase())).not.toContain('<h3>Memory</h3>');
  });

  it('shows hostile text as text', () => {
    const page = toHtml(hostileRecord());
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain(HOSTILE.slice(0, 8));
    expect(page).not.toContain('\u001b');
    expect(page).not.toContain('\u202e');
  });

  it.skipIf(xmllintMissing !== null)('draws well-formed SVG', () => {
    const found = [...drawings(pageOf(samplePhase(), invalidPhase())), ...drawings(toHtml(hostileRecord()))];
    expect(found.length).toBeGreaterThan(50);
    assertWellFormed(`<all>${found.join('\n')}</all>`.replaceAll('\ufffe', ''));
  });

  it.each([
    ['one second', 1, (i: number) => i],
    ['two seconds', 2, (i: number) => i],
    ['an hour', 3600, (i: number) => (i < 3570 ? 15 + ((i * 7) % 17) : i - 3540)],
    ['an hour in which each second is another stage', 3600, (i: number) => (i * 7) % 60],
  ])('draws a timeline of %s in a small file', (_name, seconds, rowAt) => {
    const phase = samplePhase();
    const rows = phase.timeline;
    phase.timeline = Array.from({ length: seconds }, (_, i) => ({ ...rows[rowAt(i)], tMs: i * 1000 }));
    phase.herds[0].curve.returned = Array.from({ length: seconds * 10 }, (_, i) => i % 1800);
    phase.herds[0].curve.attempts = phase.herds[0].curve.returned;
    const page = pageOf(phase);
    expect(oddNumbers(page)).toEqual([]);
    expect(Buffer.byteLength(page)).toBeLessThan(1_100_000);
    expect(page).toContain('<figure id="phase-0-connections"');
  });
});
