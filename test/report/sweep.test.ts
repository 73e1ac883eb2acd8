import { describe, expect, test } from 'vitest';
import { toHtml } from '../../src/report/html/page.ts';
import { toMarkdown } from '../../src/report/markdown.ts';
import { phaseSentence } from '../../src/report/sentence.ts';
import { reconnectSnippet } from '../../src/report/snippet.ts';
import { sweepTable } from '../../src/report/sweep.ts';
import { toTerminal } from '../../src/report/terminal.ts';
import { keptRecord, sweptRecord } from './sample-sweep.ts';

const snippetOf = ({ phases: [{ sweep }] }: ReturnType<typeof sweptRecord>) =>
  reconnectSnippet(sweep?.entries[1].policy ?? expect.fail('there is no sweep')) as string;

describe('a sweep', () => {
  test('is told in one sentence, with the numbers of both policies', () => {
    expect(phaseSentence(sweptRecord().phases[0])).toContain(
      'Recommended to reconnect by full jitter over 5.00 s: 99 % back in 5.00 s, peak 210/s; today’s policy, guide from 1.00 s to 30.0 s: 99 % back in 7.00 s, peak 1,000/s (asked for 1,000/s of a server that took 200/s).',
    );
  });

  test('that changes nothing says so', () => {
    expect(phaseSentence(keptRecord().phases[0])).toContain(
      'Reconnect policy: no change: today’s policy, guide',
    );
  });

  test('has a row for each policy, and marks two of them', () => {
    const [phase] = sweptRecord().phases;
    const { head, rows } = sweepTable(phase, phase.sweep ?? expect.fail('there is no sweep'));
    expect(rows.map(([policy]) => policy)).toEqual([
      'guide from 1.00 s to 30.0 s (today)',
      '✓ full jitter over 5.00 s (recommended)',
      'signalr',
    ]);
    const column = (name: string) => rows.map((row) => row[head.indexOf(name)]);
    expect(column('99 % back')).toEqual(['7.00 s', '5.00 s', '> 60.0 s']);
    expect(column('failed')).toEqual(['0', '0', '1,800']);
    expect(column('most attempts/s')).toEqual(['1,000', '210', '1,000']);
    expect(column('flaw')[1]).toBe('');
  });

  test('names the herd in each row where there are several', () => {
    const [phase] = sweptRecord().phases;
    const sweep = phase.sweep ?? expect.fail('there is no sweep');
    phase.herds.push({ ...phase.herds[0] });
    for (const entry of sweep.entries) entry.herds.push({ ...entry.herds[0], trigger: 'drop' });
    const { head, rows } = sweepTable(phase, sweep);
    expect(rows).toHaveLength(6);
    expect(rows.map((row) => row[head.indexOf('herd')])).toEqual([
      'drop',
      'drop 2',
      'drop',
      'drop 2',
      'drop',
      'drop 2',
    ]);
  });
});

describe('the reports', () => {
  test('have the code where there is something to change, and the page has it escaped', () => {
    const record = sweptRecord();
    const snippet = snippetOf(record);
    expect(toMarkdown(record)).toContain(`\`\`\`js\n${snippet}\n\`\`\``);
    const [, code] =
      /<pre class="snippet"><code>(.*?)<\/code>/s.exec(toHtml(record)) ?? expect.fail('no code');
    expect(code).not.toMatch(/[<>]/);
    const plain = code
      .replaceAll('&gt;', '>')
      .replaceAll('&lt;', '<')
      .replaceAll(/&#39;|&#x27;|&apos;/g, "'")
      .replaceAll('&amp;', '&');
    expect(plain.trimEnd()).toBe(snippet);
  });

  test('have no code where nothing is to be changed', () => {
    expect(toHtml(keptRecord())).not.toContain('class="snippet"');
    expect(toMarkdown(keptRecord())).not.toContain('```js');
  });

  test('draw a curve for each policy, with all of the numbers', () => {
    const page = toHtml(sweptRecord());
    expect(page).toContain('Return after the drop, by reconnect policy');
    expect(page).toContain('recommended: full jitter over 5.00 s');
    expect(page).toContain('today: guide from 1.00 s to 30.0 s');
    expect(page).toContain('the other policies');
  });

  test('tell a line for each policy in the terminal', () => {
    const lines = toTerminal(sweptRecord(), { color: false, columns: 200 }).split('\n');
    expect(lines.filter((line) => line.startsWith('sweep'))).toHaveLength(3);
    expect(lines.find((line) => line.includes('signalr'))).toContain('99 % back > 60.0 s');
  });

  test('tell no number of a generator that could not keep up', () => {
    const record = sweptRecord();
    record.phases[0].generator = { ...record.phases[0].generator, valid: false, reasons: ['it was late'] };
    expect(toTerminal(record, { color: false, columns: 200 })).not.toContain('Recommended');
    const page = toHtml(record);
    expect(page).not.toContain('by reconnect policy</h4>');
    expect(page).not.toContain('peak 210/s');
  });

  test('say nothing where no policies were tried', () => {
    const record = sweptRecord();
    record.phases[0].sweep = null;
    for (const report of [toHtml, toMarkdown]) expect(report(record)).not.toContain('Reconnect policies');
  });
});
