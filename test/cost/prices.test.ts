import { describe, expect, test } from 'vitest';
import { WsscaleError } from '../../src/base/errors.ts';
import { parsePrices } from '../../src/cost/prices.ts';

const PRICES = `asOf: 2026-11-24
currency: USD
nodes:
  small: { perHour: 0.05, cores: 1, memoryGB: 2, networkGbps: 1 }
`;

function problemsOf(text: string): string[] {
  try {
    parsePrices(text, 'prices.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(WsscaleError);
    return [(error as WsscaleError).message, ...(error as WsscaleError).details];
  }
  return [];
}

describe('a price file', () => {
  test('says what it must, and the rest is usual', () => {
    const prices = parsePrices(PRICES, 'prices.yaml');
    expect(prices).toMatchObject({ hoursPerMonth: 730, averageLoad: 1 });
    expect(prices.nodes.small.descriptors).toBe(65_536);
  });

  test('may be JSON', () => {
    const nodes = { a: { perHour: 1, cores: 1, memoryGB: 1, networkGbps: 1 } };
    expect(parsePrices(JSON.stringify({ asOf: '2026-01-01', currency: '€', nodes }), 'p.json').currency).toBe(
      '€',
    );
  });

  test('tells all that is wrong in it, each with its place', () => {
    const wrong = PRICES.replace('2026-11-24', 'today')
      .replace('perHour: 0.05', 'perHour: -1')
      .replace('cores', 'core');
    expect(problemsOf(wrong)).toEqual([
      '4 errors in prices.yaml',
      'prices.yaml:1:7: asOf: must be a day like 2026-11-24, but it is "today"',
      'prices.yaml:4:3: nodes.small.cores: is missing; it must be a number',
      'prices.yaml:4:21: nodes.small.perHour: must be at least 0, but it is -1',
      'prices.yaml:4:25: nodes.small.core: is no known key; did you mean cores?',
    ]);
  });

  test.each([
    ['', 'prices.yaml is empty; a price file has at least asOf, currency and nodes'],
    ['asOf: [', /is not YAML/],
    [PRICES.replace(/ {2}small.*/, '  {}'), /must have at least one kind of node/],
    [`${PRICES}egres: { perGB: 1 }\n`, /did you mean egress\?/],
    [`${PRICES}nodes: {}\n`, /stands here twice/],
  ])('is refused: %j', (text, message) => {
    expect(problemsOf(text).join('\n')).toMatch(message);
  });
});
