import { describe, expect, it } from 'vitest';
import {
  type Annotation,
  annotationLines,
  fitSummary,
  inert,
  MAX_SUMMARY_BYTES,
  outputText,
} from '../../src/ci/github.ts';
import { comparisonJudgement, judgementOf } from '../../src/ci/judgement.ts';
import { toMarkdown } from '../../src/report/markdown.ts';
import { hostileRecord } from '../report/hostile-record.ts';
import { emptyRecord, sampleRecord } from '../report/sample-record.ts';

/** Reads a command as the runner of GitHub does: properties end at the second `::`, and each is unescaped. */
function readCommand(line: string) {
  const [, command, properties, data] = /^::(\w+) (.*?)::(.*)$/.exec(line) ?? [];
  const plain = (text: string) =>
    text
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  const said = properties.split(',').map((property) => {
    const at = property.indexOf('=');
    return [property.slice(0, at), plain(property.slice(at + 1))];
  });
  return { command, properties: Object.fromEntries(said), message: plain(data) };
}

const annotation = (over: Partial<Annotation> = {}): Annotation => ({
  level: 'error',
  title: 'a.b < 5',
  message: 'observed 7',
  place: null,
  ...over,
});

describe('an annotation', () => {
  it('stands beside its line', () => {
    const place = { file: 'load/my.yaml', line: 12, column: 5 };
    expect(annotationLines([annotation({ place })])).toEqual([
      '::error file=load/my.yaml,line=12,col=5,title=a.b < 5::observed 7',
    ]);
  });

  it.each(['100%', '%0A', 'a,b:c', '::error::x', '##[error]x', 'quotes "\'`', ']]>', '%25', '$(id)'])(
    'says %s and nothing else, wherever it stands',
    (text) => {
      const place = { file: text, line: 1, column: 1 };
      const [line, ...more] = annotationLines([annotation({ title: text, message: text, place })]);
      expect(more).toEqual([]);
      expect(readCommand(line)).toEqual({
        command: 'error',
        properties: { file: text, line: '1', col: '1', title: text },
        message: text,
      });
    },
  );

  it('is one line, whatever is in it', () => {
    const text = 'a\nb\r\n::error::c\u001b[31m\u2028d';
    for (const line of annotationLines([annotation({ title: text, message: text })]))
      for (const control of ['\n', '\r', '\u001b', '\u2028']) expect(line).not.toContain(control);
  });

  it('is one of ten of its level at the most, the last of which stands for the others', () => {
    const many = (level: Annotation['level'], count: number) =>
      Array.from({ length: count }, (_, i) => annotation({ level, title: `rule ${i}` }));
    const lines = annotationLines([...many('error', 25), ...many('warning', 10)]);
    expect(lines.filter((line) => line.startsWith('::error'))).toHaveLength(10);
    expect(lines.filter((line) => line.startsWith('::warning'))).toHaveLength(10);
    expect(readCommand(lines[9])).toMatchObject({ properties: { title: '16 more' } });
    expect(lines[9]).toContain('rule 9; rule 10;');
  });
});

describe('what is said of a record', () => {
  it('is an error for each failed rule, a warning for each that could not be judged, and nothing else', () => {
    const record = sampleRecord();
    const all = judgementOf(record, () => null);
    for (const [level, status] of [
      ['error', 'fail'],
      ['warning', 'inconclusive'],
    ] as const) {
      const told = all.filter((single) => single.level === level).map(({ title }) => title);
      const there = record.verdict.rules.filter((rule) => rule.status === status).map(({ rule }) => rule);
      expect(told).toEqual(there);
      expect(told.length).toBeGreaterThan(0);
    }
  });

  it('is nothing where all is well', () => {
    const record = sampleRecord();
    record.verdict.rules = record.verdict.rules.filter(({ status }) => status === 'pass');
    expect(record.verdict.rules.length).toBeGreaterThan(0);
    expect(judgementOf(record, () => null)).toEqual([]);
  });

  it('is an error where the run ended early', () => {
    expect(judgementOf(emptyRecord(), () => null)[0]).toMatchObject({
      level: 'error',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('is commands of its own alone, if every text of the record is hostile', () => {
    const lines = annotationLines(judgementOf(hostileRecord(), () => null));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toMatch(/^::(error|warning) title=[^,:]*::/);
      expect(line).not.toContain('\u001b');
    }
  });
});

it('of a comparison, what is worse is an error, and what cannot be told a warning', () => {
  const metric = {
    ...{ metric: 'a.latency.responseMs.p99', unit: 'ms', better: 'lower' as const, base: [1], head: [2] },
    ...{ baseMedian: 1, headMedian: 2, shiftRatio: 1, lowRatio: 0.8, highRatio: 1.2, confidence: 0.95 },
    ...{ p: 0.01, noiseRatio: null, limitRatio: 0.05, detectableRatio: 0.1, reason: null },
  };
  const comparison = {
    ...{ status: 'fail' as const, design: 'pairs' as const, base: 'a', head: 'b', startedAt: null },
    ...{ discarded: [], warnings: [] },
    metrics: [
      { ...metric, change: 'worse' as const, status: 'fail' as const },
      { ...metric, change: null, status: 'inconclusive' as const },
      { ...metric, change: null, status: 'pass' as const },
    ],
  };
  expect(comparisonJudgement(comparison).map(({ level, title }) => [level, title])).toEqual([
    ['error', 'a.latency.responseMs.p99: worse: +100 %'],
    ['warning', expect.stringContaining('cannot tell')],
  ]);
});

describe('the log', () => {
  it.each([
    ['::error::x', ': :error::x'],
    ['fine\n  ::add-mask::x', 'fine\n  : :add-mask::x'],
    ['closed: ##[error]x', 'closed: ## [error]x'],
    ['a::b', 'a::b'],
  ])('has no command of a server in it: %j', (text, shown) => {
    expect(inert(text)).toBe(shown);
  });
});

describe('outputs', () => {
  it.each(['/tmp/run', '', 'a\nEND\nstatus<<END', 'END', 'a=b'])(
    'are read back as they were: %j',
    (folder) => {
      const text = outputText({ status: 'pass', folder });
      const read: Record<string, string> = {};
      const lines = text.split('\n');
      while (lines.length > 1) {
        const [name, end] = (lines.shift() as string).split('<<');
        const value = lines.splice(0, lines.indexOf(end));
        lines.shift();
        read[name] = value.join('\n');
      }
      expect(read).toEqual({ status: 'pass', folder });
    },
  );
});

describe('the summary of a step', () => {
  it('is left as it is where it fits', () => {
    const markdown = toMarkdown(hostileRecord());
    expect(fitSummary(markdown, MAX_SUMMARY_BYTES)).toBe(markdown);
  });

  it('is cut at a line where it does not, with a word on the rest', () => {
    const markdown = 'Größe\n'.repeat(1000);
    const cut = fitSummary(markdown, 500);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(500);
    expect(cut).toMatch(/^(Größe\n)+Größe\n\nThe rest is in summary\.md\.\n$/);
    expect(fitSummary(markdown, 10)).toBe('');
  });
});
