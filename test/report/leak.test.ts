import { describe, expect, test } from 'vitest';
import { leakCharts } from '../../src/report/html/leak-chart.ts';
import { leaks } from '../../src/report/html/leak-table.ts';
import { toHtml } from '../../src/report/html/page.ts';
import { leakLines, leakQuantities, leakSentences } from '../../src/report/leak.ts';
import { toMarkdown } from '../../src/report/markdown.ts';
import { toTerminal } from '../../src/report/terminal.ts';
import { descriptorLeak, fromOutside, healthy, leakOf, memoryLeak } from '../support/leaks.ts';
import { quietPhase } from '../support/phases.ts';
import { sampleRecord } from './sample-record.ts';

const phaseWith = (...processes: Parameters<typeof leakOf>) => quietPhase({ leak: leakOf(...processes) });

describe('a soak in words', () => {
  test('says that there is no leak', () => {
    expect(leakSentences(phaseWith(healthy()))).toEqual(['No leak was found in 12 cycles.']);
  });

  test('says what leaks', () => {
    expect(leakSentences(phaseWith(healthy(), memoryLeak()))).toEqual([
      'node-0 leaks memory (200 B a connection).',
    ]);
    expect(leakSentences(phaseWith(descriptorLeak()))).toEqual(['node-0 leaks descriptors (10 more open).']);
  });

  test('does not call a server healthy that was not judged', () => {
    const cut = { ...healthy(), cycles: healthy().cycles.slice(0, 5) };
    const phase = quietPhase({ leak: { ...leakOf(cut), cycles: 5 } });
    expect(leakSentences(phase)).toEqual(['Leaks could not be judged by 5 cycles.']);
  });

  test('says nothing of a phase that was none', () => {
    expect(leakSentences(quietPhase())).toEqual([]);
    expect(leakLines(quietPhase())).toEqual([]);
    expect(leakQuantities([quietPhase()])).toEqual([]);
    expect(leaks(quietPhase())).toBe(null);
  });

  test('tells of each process what it kept, and what could have been seen', () => {
    expect(leakLines(phaseWith(memoryLeak()))).toEqual([
      'node-0: descriptors steady, 22 open in the end and 22 when it was warm; memory leak, 200 B a connection (95 %: 200 B to 200 B); a leak from 50.0 B on would have been seen',
    ]);
    expect(leakLines(phaseWith(fromOutside()))[0]).toMatch(/^process 4711: .* memory inconclusive/);
  });
});

test('phases side by side show the worst of their processes', () => {
  const phases = [
    phaseWith(healthy()),
    phaseWith(healthy(), memoryLeak()),
    quietPhase(),
    phaseWith(fromOutside()),
  ];
  const rows = leakQuantities(phases).map(({ label, of }) => [label, ...phases.map(of)]);
  expect(rows).toEqual([
    ['memory leak', 'none', '200 B', '–', 'inconclusive'],
    ['descriptor leak', 'none', 'none', '–', 'none'],
  ]);
});

test('the page has a table of the processes and a chart of each', () => {
  const phase = phaseWith(memoryLeak(), fromOutside());
  expect(leaks(phase)?.markup).toContain('smallest leak to be seen');
  const charts = leakCharts(phase, (key) => key).map(({ markup }) => markup);
  expect(charts.map((chart) => /<h4>(.*?)<\/h4>/.exec(chart)?.[1])).toEqual([
    'What node-0 kept',
    'What process 4711 kept',
  ]);
  expect(charts[0]).toContain('KB more than before the first cycle');
});

test('every report tells of the leak', () => {
  const record = sampleRecord();
  record.phases = [phaseWith(memoryLeak())];
  const reports = [toTerminal(record, { color: false, columns: 400 }), toMarkdown(record), toHtml(record)];
  for (const text of reports) expect(text).toContain('node-0 leaks memory');
});
