import { describe, expect, test } from 'vitest';
import { withoutPrices } from '../../src/cost/choose.ts';
import { costOf } from '../../src/cost/cost.ts';
import { parsePrices } from '../../src/cost/prices.ts';
import { toHtml } from '../../src/report/html/page.ts';
import { toMarkdown } from '../../src/report/markdown.ts';
import { planLines } from '../../src/report/plan.ts';
import { planSentence } from '../../src/report/plan-words.ts';
import { samplePlan } from '../settings/sample-plan.ts';
import { HOSTILE } from './hostile-record.ts';
import { sampleRecord } from './sample-record.ts';

const PRICES = parsePrices(
  `asOf: 2026-11-24
currency: USD
nodes:
  small: { perHour: 0.1, cores: 1, memoryGB: 4, networkGbps: 1 }
`,
  'prices.yaml',
);

function priced() {
  const plan = samplePlan();
  const cost = costOf(plan, PRICES, 'small');
  const option = { nodeType: 'small', nodes: 9, perMonth: cost.perMonth, against: 'misses response p99' };
  return { ...plan, cost, options: [option, { ...option, nodeType: 'other', against: 'dearer' }] };
}

describe('the answer', () => {
  test('is the first sentence', () => {
    expect(planSentence(samplePlan())).toBe(
      '250,000 users: 9 nodes, of which 1 may be lost; memory binds at 34,100 users a node (31,900 to 36,600).',
    );
  });

  test('says where the nodes are, and that none is to spare', () => {
    const plan = samplePlan();
    const far = {
      ...plan,
      nodes: 32,
      nodesPerRegion: 8,
      demand: { ...plan.demand, regions: 4, spareNodes: 0 },
    };
    expect(planSentence(far)).toContain('32 nodes, 8 in each of 4 regions, none to spare; memory binds');
    far.demand.spareNodes = 2;
    expect(planSentence(far)).toContain('of which 2 may be lost in each;');
  });
});

describe('in the terminal', () => {
  test.each([60, 80, 110])('no line is longer than %s columns', (columns) => {
    for (const line of planLines(priced(), columns)) expect(line.length).toBeLessThanOrEqual(columns);
  });

  test('the answer comes first, and then what is missed, what it costs, and how far it goes', () => {
    const text = planLines(priced(), 110).join(' ');
    expect(text).toMatch(/^250,000 users: 9 nodes/);
    expect(text).toContain('Response p99 61.0 ms, of 50.0 ms that are asked for: missed; 12 nodes keep it.');
    expect(text).toContain('Recovery 18.4 s, of 30.0 s that are asked for: kept.');
    // 9 for 730 hours of 0.1; a node less is the least.
    expect(text).toContain('On small that is 657 USD a month (584 USD to 657 USD), 2.63 USD for 1,000 users');
    expect(text).toContain('by the prices of 2026-11-24');
    expect(text).toContain('without broker, balancer and egress');
    expect(text).toContain('A node has 2.8 times the most that was measured on one.');
  });

  test('each figure says how sure it is, and what it rests on', () => {
    const lines = planLines(priced(), 110);
    expect(lines.find((line) => line.includes('memory (binds)'))).toMatch(
      /31,900 to 36,600 .*measured \(small, large\)/,
    );
    expect(lines.find((line) => line.includes('descriptors'))).toMatch(
      /not known .*assumed: taken for granted/,
    );
    expect(lines.find((line) => line.includes('memory of a node'))).toMatch(/4\.00 GB .*assumed/);
  });

  test('a policy that does not bring all back within an hour says so', () => {
    expect(planLines(priced(), 110).find((line) => line.includes('│ exponential'))).toContain(
      'not in an hour',
    );
  });

  test('without prices nothing is said of money', () => {
    expect(planLines(withoutPrices(samplePlan()), 80).join('\n')).not.toMatch(/USD|cost|month/);
  });
});

test('texts that the plan did not make cannot steer a terminal, the page or the summary', () => {
  const plan = priced();
  plan.cost.nodeType = plan.cost.currency = plan.options[0].nodeType = HOSTILE;
  plan.binding.usersPerNode.from = plan.resources[0].usersPerNode.from = [HOSTILE];
  for (const chart of plan.charts) for (const point of chart.points) point.phase = HOSTILE;
  for (const input of plan.inputs) input.words = HOSTILE;
  for (const steering of ['\u001b', '\u009b', '\u202e'])
    expect(planLines(plan, 80).join('\n')).not.toContain(steering);
  const page = toHtml(sampleRecord(), plan);
  expect(page).not.toMatch(/<script|<img|\u202e/);
  const summary = toMarkdown(sampleRecord(), plan);
  expect(summary).not.toMatch(/<script|<img|^# head|\]\(javascript/m);
});

test('the summary and the page have the plan only where there is one', () => {
  expect(toMarkdown(sampleRecord(), priced())).toContain('### Capacity plan');
  expect(toMarkdown(sampleRecord())).not.toContain('Capacity plan');
  expect(toHtml(sampleRecord(), priced())).toContain('<h2>Capacity plan</h2>');
  expect(toHtml(sampleRecord())).not.toContain('Capacity plan');
});

test('in a narrow terminal, sentences stand below their table, once for all rows that they are of', () => {
  const narrow = planLines(priced(), 80);
  expect(narrow).toContain('node: measured: 8 for 34,100 users each, and 1 to spare');
  expect(narrow.join(' ')).toMatch(
    /node: memory, node: cores, [^:]+: network, [^:]+: network, response p50,/,
  );
  expect(planLines(priced(), 110).join('\n')).toMatch(/│ node: memory .*│ measured \(small, large\)/);
});
