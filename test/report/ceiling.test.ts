import { describe, expect, test } from 'vitest';
import type { Phase, RateCeiling } from '../../src/model/record.ts';
import { ceilingInWords } from '../../src/report/ceiling.ts';
import { comparisonRows } from '../../src/report/comparison.ts';
import { toHtml } from '../../src/report/html/page.ts';
import { toMarkdown } from '../../src/report/markdown.ts';
import { phaseSentence } from '../../src/report/sentence.ts';
import { toTerminal } from '../../src/report/terminal.ts';
import { samplePhase } from './sample-phase.ts';
import { sampleRecord } from './sample-record.ts';

const step = (
  messagesPerS: number,
  trial: number,
  reason: string | null = null,
  valid = true,
): RateCeiling['steps'][number] => ({
  ...{
    messagesPerS,
    answeredPerS: Math.min(messagesPerS, 9050),
    trial,
    passed: reason === null,
    valid,
    reason,
  },
  ...{ responseP99Ms: 12.5, lossRatio: 0 },
});

const found: RateCeiling = {
  ...{ messagesPerS: 9000, ratePerClientPerS: 90, clients: 100 },
  ...{ lowerBound: 9000, upperBound: 9180, found: true, widthRatio: 180 / 9180 },
  objective: { connectFailureRatio: 0.001, connectP99Ms: 1000, responseP99Ms: 50, lossRatio: 0 },
  limiter: { resource: 'processor', side: 'server', evidence: 'it used 1.00 cores' },
  steps: [
    step(9000, 1),
    step(9180, 1, 'the generator sent late', false),
    step(9180, 2, 'responses took 90.0 ms at p99; responseP99 is 50.0 ms'),
  ],
};
const open: RateCeiling = {
  ...found,
  ...{ found: false, upperBound: null, widthRatio: null },
  limiter: { resource: 'processor', side: 'generator', evidence: '2 of 2 cores busy' },
};

function rated(rateCeiling: RateCeiling): Phase {
  return { ...samplePhase(), ceiling: null, rateCeiling };
}

describe('a highest rate', () => {
  test('that was found is told with its width and what bound it', () => {
    expect(phaseSentence(rated(found))).toMatch(
      /^Answers 9,000 messages\/s from 100 clients \(to within 1\.96 %\); processor of the server bound it\. Response/,
    );
  });

  test('that was not found is told with what stopped the search', () => {
    expect(phaseSentence(rated(open))).toMatch(
      /^Answered at least 9,000 messages\/s from 100 clients \(ceiling not found: processor of the generator ended the search\)\./,
    );
  });

  test('stands in the table of phases where one was searched for, and nowhere else', () => {
    const row = (phase: Phase) => comparisonRows([phase]).find(({ label }) => label === 'highest rate');
    expect(row(rated(found))?.values).toEqual(['9,000/s']);
    expect(row(rated(open))?.values).toEqual(['≥ 9,000/s']);
    expect(row(samplePhase())).toBeUndefined();
  });

  test('comes with its trials, levels, objective and evidence', () => {
    expect(ceilingInWords(found)).toBe(
      '9,000 messages/s are answered in time, 9,180 are not (to within 1.96 %). 3 trials of 2 levels. ' +
        'Objective: connect failures up to 0.10 %, connect p99 up to 1.00 s, response p99 up to 50.0 ms, losses up to 0 %. ' +
        'Evidence for processor (server): it used 1.00 cores',
    );
  });

  test('is in the page, the summary and the terminal', () => {
    const record = { ...sampleRecord(), phases: [rated(found)] };
    const page = toHtml(record);
    expect(page).toContain('Search for the highest rate');
    expect(page).toContain('says nothing: the generator sent late');
    expect(page).toContain('failed: responses took 90.0 ms at p99; responseP99 is 50.0 ms');
    expect(toMarkdown(record)).toContain('Answers 9,000 messages');
    expect(toTerminal(record, { color: false, columns: 110 })).toContain('Answers 9,000 messages/s');
  });
});

test('the width of a connection ceiling is told in the page and in words', () => {
  expect(phaseSentence(samplePhase())).toMatch(/^Holds 1,843 connections \(to within 0\.05 %\);/);
  expect(toHtml(sampleRecord())).toContain('1,844 do not (to within 0.05 %)');
});
