import { describe, expect, test } from 'vitest';
import { usageError } from '../../src/base/errors.ts';
import type { CapacityPlan, Demand } from '../../src/capacity/capacity-plan.ts';
import { cheapest } from '../../src/cost/choose.ts';
import { costOf } from '../../src/cost/cost.ts';
import { type Prices, parsePrices } from '../../src/cost/prices.ts';
import { DEMAND, samplePlan } from '../settings/sample-plan.ts';

const PRICES: Prices = parsePrices(
  `asOf: 2026-11-24
currency: USD
hoursPerMonth: 100
averageLoad: 0.5
nodes:
  large: { perHour: 1, cores: 4, memoryGB: 16, networkGbps: 10 }
  small: { perHour: 0.1, cores: 1, memoryGB: 2, networkGbps: 1 }
  tiny: { perHour: 0.01, cores: 1, memoryGB: 0.5, networkGbps: 1 }
broker: { perHour: 0.3 }
balancer: { perHour: 0.02, unit: { perHour: 0.008, connections: 3000, GBPerHour: 1 } }
egress: { perGB: 0.09 }
`,
  'prices.yaml',
);

describe('a month', () => {
  const cost = costOf(samplePlan(), PRICES, 'small');
  const line = (what: RegExp) => cost.lines.find((one) => what.test(one.what))?.perMonth;

  test('has the hours of nodes, brokers and balancers', () => {
    expect(line(/small for 9 nodes/)).toBeCloseTo(9 * 0.1 * 100, 9);
    expect(line(/2 brokers/)).toBeCloseTo(2 * 0.3 * 100, 9);
    expect(line(/2 balancers/)).toBeCloseTo(2 * 0.02 * 100, 9);
  });

  test('has what goes to the clients, as IP sees it, for the users of an average hour', () => {
    // 2 of the frame and 100 in it, 32 of TCP, 20 of IP.
    const gigabytes = (250_000 * 0.1 * 154 * 3600 * 100 * 0.5) / 2 ** 30;
    expect(line(/egress/)).toBeCloseTo(gigabytes * 0.09, 6);
  });

  test('has the units of the balancers, by whichever is most', () => {
    expect(line(/units/)).toBeCloseTo(((250_000 * 0.5) / 3000) * 0.008 * 100, 6);
    const chatty = samplePlan();
    chatty.demand.messagesPerUserPerS = 20;
    const gigabytes = (250_000 * 20 * 154 * 3600 * 0.5) / 2 ** 30;
    const units = costOf(chatty, PRICES, 'small').lines.find(({ what }) => what.startsWith('units'));
    expect(units?.perMonth).toBeCloseTo(gigabytes * 0.008 * 100, 6);
  });

  test('is the sum of its parts, in all and for 1,000 users', () => {
    expect(cost.perMonth).toBeCloseTo(
      cost.lines.reduce((total, { perMonth }) => total + perMonth, 0),
      9,
    );
    expect(cost.per1000Users).toBeCloseTo(cost.perMonth / 250, 9);
    expect(cost.notPriced).toEqual([]);
  });

  test('has a range as wide as the nodes have', () => {
    // 250,000 over 36,600 are 7, over 31,900 are 8; one to spare.
    expect(cost.range?.[0]).toBeCloseTo(cost.perMonth - 10, 9);
    expect(cost.range?.[1]).toBeCloseTo(cost.perMonth, 9);
  });

  test('says what the file has no price for', () => {
    const { nodes, asOf, currency, hoursPerMonth, averageLoad } = PRICES;
    const bare = costOf(samplePlan(), { nodes, asOf, currency, hoursPerMonth, averageLoad }, 'small');
    expect(bare.notPriced).toEqual(['broker', 'balancer', 'egress']);
    expect(bare.lines).toHaveLength(1);
  });
});

describe('the kind of node', () => {
  /** Memory alone decides: 10,000 users for each GB. */
  function outlineFor(demand: Demand): CapacityPlan {
    const nodes = Math.ceil(demand.users / (10_000 * (demand.node.memoryBytes / 2 ** 30)));
    const plan = samplePlan();
    const [tier, ...others] = plan.tiers;
    return {
      ...{ ...plan, demand, nodes, objectives: [] },
      tiers: [{ ...tier, count: nodes, perRegion: nodes }, ...others],
    };
  }

  /** With a tiny one there are too many. */
  function planFor(demand: Demand): CapacityPlan {
    if (demand.node.memoryBytes < 2 ** 30) throw usageError('more than was measured');
    return outlineFor(demand);
  }
  const planner = { planFor, outlineFor };

  test('is the cheapest that fits, and the others are told with what speaks against them', () => {
    const { cost, options, demand } = cheapest(DEMAND, PRICES, null, planner);
    expect(cost?.nodeType).toBe('small');
    expect(demand.node).toEqual({
      ...{ cores: 1, memoryBytes: 2 * 2 ** 30, descriptors: 65_536, networkBitsPerS: 1e9 },
    });
    // 50 for 0.01 an hour, 13 for 0.1, 2 for 1.
    expect(options.map(({ nodeType, nodes, against }) => [nodeType, nodes, against])).toEqual([
      ['tiny', 50, 'more than was measured'],
      ['small', 13, null],
      ['large', 2, 'dearer'],
    ]);
  });

  test('is not one that misses what is to be kept, if another does not', () => {
    const slow = (demand: Demand) => {
      const plan = planFor(demand);
      const isSmall = demand.node.cores === 1;
      return { ...plan, objectives: samplePlan().objectives.map((one) => ({ ...one, met: !isSmall })) };
    };
    const { cost, options } = cheapest(DEMAND, PRICES, null, { planFor: slow, outlineFor });
    expect(cost?.nodeType).toBe('large');
    expect(options[1].against).toBe('misses response p99 and recovery');
  });

  test('is the cheapest that can be planned with, if all miss what is to be kept', () => {
    const slow = (demand: Demand) => ({ ...planFor(demand), objectives: samplePlan().objectives });
    const { cost, options } = cheapest(DEMAND, PRICES, null, { planFor: slow, outlineFor });
    expect(cost?.nodeType).toBe('small');
    expect(options[2].against).toBe('misses response p99');
  });

  test('costs no plan of those that are dearer', () => {
    let plans = 0;
    const counted = (demand: Demand) => {
      plans++;
      return planFor(demand);
    };
    cheapest(DEMAND, PRICES, null, { planFor: counted, outlineFor });
    expect(plans).toBe(2);
  });

  test('can be named', () => {
    expect(cheapest(DEMAND, PRICES, 'large', planner).cost?.nodeType).toBe('large');
    expect(() => cheapest(DEMAND, PRICES, 'smal', planner)).toThrow('did you mean small?');
  });

  test('cannot be chosen where none can be planned with', () => {
    expect(() => cheapest(DEMAND, PRICES, 'tiny', planner)).toThrow('no kind of node');
  });
});
