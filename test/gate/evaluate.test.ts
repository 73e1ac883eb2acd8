import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge } from '../../src/gate/evaluate.ts';
import { parseRules } from '../../src/gate/rules.ts';
import type { Measured, Phase, Server } from '../../src/model/record.ts';
import { ceiling, EMPTY, herd, invalid, measured, ORDERED, openCeiling, phase, summary } from './measured.ts';

const judged = (run: Measured, ...rules: string[]) => judge(run, parseRules(rules));
const result = (run: Measured, rule: string) => judged(run, rule).rules[0];

/** What a rule came to, with the value that decided and a part of the reason. */
type Row = [sentence: string, phases: Phase[], rule: string, expected: object];

function holds(rows: Row[]) {
  test.each(rows)('%s', (_sentence, phases, rule, expected) => {
    expect(result(measured(...phases), rule)).toMatchObject(expected);
  });
}

const latency = (ms: number) => ({
  latency: { responseMs: summary(ms), serviceMs: summary(ms), oneWayMs: null },
});
const missing = (count: number) => ({ ordering: { ...ORDERED, missing: count } });
/** Rooms in which so many messages were out of order. */
const rooms = (reordered: number) => ({
  roomOrdering: { ...ORDERED, reordered },
  fanout: {
    ...{ published: 100, expected: 1000, delivered: 1000, reachRatio: 1 },
    ...{ firstMs: summary(4), medianMs: summary(9), lastMs: summary(40) },
  },
});
const serverWith = (notReplayed: number | null): Server => ({
  ...{ cpuS: 1, rssBytes: 1, eventLoopLagMs: 1 },
  ...{ bytesPerConnection: 1, processBytesPerConnection: 2, kernelBytesPerConnection: null },
  ...{ dropped: 0, faults: null, imposedDelayMs: null, processes: [] },
  rooms:
    notReplayed === null
      ? null
      : { published: 9, unpublished: 0, replayed: 9, notReplayed, brokerReconnects: 0 },
});
const balanced = (worstDeviationRatio: number) => ({
  topology: { ...phase('a').topology, balance: { connections: [7, 13], worstDeviationRatio } },
});
const saying = (part: string) => expect.stringContaining(part);

describe('a value is compared', () => {
  holds([
    ['below its limit', [phase('a')], 'a.latency.responseMs.p99 < 50ms', { status: 'pass', observed: 40 }],
    ['not below its limit', [phase('a')], 'a.latency.responseMs.p99 < 40', { status: 'fail', observed: 40 }],
    ['at its limit', [phase('a')], 'a.latency.responseMs.p99 <= 40', { status: 'pass' }],
    ['above its limit', [phase('a')], 'a.clients.peak > 99', { status: 'pass', observed: 100, unit: null }],
    ['not above its limit', [phase('a')], 'a.clients.peak > 100', { status: 'fail' }],
    ['at its least', [phase('a')], 'a.clients.peak >= 100', { status: 'pass' }],
    ['the same', [phase('a')], 'a.clients.peak == 100', { status: 'pass' }],
    ['not the same', [phase('a')], 'a.clients.peak != 100', { status: 'fail' }],
    [
      'in the unit of the rule',
      [phase('a', latency(62.5))],
      'a.latency.responseMs.p99 < 0.05s',
      { status: 'fail', observed: 0.0625, limit: 0.05, unit: 's', reason: null },
    ],
    [
      'in per cent, without made-up digits',
      [phase('a', { ordering: { ...ORDERED, reorderedRatio: 0.07 } })],
      'a.ordering.reorderedRatio <= 7%',
      { status: 'pass', observed: 7, limit: 7, unit: '%' },
    ],
    ['in KB', [phase('a')], 'a.generator.bytesPerConnection <= 10KB', { status: 'pass', observed: 10 }],
    ['true as 1', [phase('a')], 'a.generator.valid == 1', { status: 'pass', observed: 1 }],
    [
      'false as 0',
      [phase('a', { herds: [herd()] })],
      'a.herds.metastable == 0',
      { status: 'pass', observed: 0 },
    ],
  ]);
});

describe('on a list a rule must hold for every element', () => {
  const slowest = phase('a', {
    herds: [herd({ t99Ms: 3000 }), herd({ t99Ms: 9000 }), herd({ t99Ms: 5000 })],
  });
  const unreached = herd({ t99Ms: null });
  holds([
    ['all hold: the worst is told', [slowest], 'a.herds.t99Ms < 10s', { status: 'pass', observed: 9 }],
    ['one does not: it is told', [slowest], 'a.herds.t99Ms < 6s', { status: 'fail', observed: 9 }],
    ['the least decides over >', [slowest], 'a.herds.t99Ms > 4s', { status: 'fail', observed: 3 }],
    ['the farthest decides over ==', [slowest], 'a.herds.t99Ms == 5s', { status: 'fail', observed: 9 }],
    ['the same one decides over !=', [slowest], 'a.herds.t99Ms != 5s', { status: 'fail', observed: 5 }],
    [
      'a failure decides over a doubt',
      [phase('a', { herds: [herd({ outageMs: null }), herd({ outageMs: 900 })] })],
      'a.herds.outageMs < 500ms',
      { status: 'fail', observed: 900 },
    ],
    [
      'a doubt decides over a pass',
      [phase('a', { herds: [herd({ outageMs: 100 }), herd({ outageMs: null })] })],
      'a.herds.outageMs < 500ms',
      { status: 'inconclusive', observed: null },
    ],
    [
      'what was never reached is the worst',
      [phase('a', { herds: [herd({ t99Ms: 19_000 }), unreached] })],
      'a.herds.t99Ms < 10s',
      { status: 'fail', observed: null, reason: 'not reached within 20.0 s' },
    ],
    [
      'lists in lists',
      [phase('a', { herds: [herd()] })],
      'a.herds.curve.attempts <= 100',
      { status: 'fail', observed: 120 },
    ],
    ['an empty list has no value', [phase('a')], 'a.herds.t99Ms < 10s', { status: 'inconclusive' }],
  ]);
});

describe('* is every phase that has the object', () => {
  const withHerd = phase('b', { herds: [herd({ t99Ms: 4000 })] });
  holds([
    ['all hold', [phase('a'), phase('b')], '*.ordering.missing == 0', { status: 'pass', observed: 0 }],
    [
      'one does not',
      [phase('a'), phase('b', missing(3))],
      '*.ordering.missing == 0',
      { status: 'fail', observed: 3 },
    ],
    [
      'a phase without a herd is passed over',
      [phase('a'), withHerd],
      '*.herds.t99Ms < 10s',
      { status: 'pass' },
    ],
    ['so that it can fail', [phase('a'), withHerd], '*.herds.t99Ms < 1s', { status: 'fail', observed: 4 }],
    [
      'all lack it',
      [phase('a'), phase('b')],
      '*.fanout.firstMs.p99 < 10ms',
      { status: 'inconclusive', observed: null, reason: 'no phase has fanout.firstMs.p99' },
    ],
    [
      'a phase without rooms is passed over',
      [phase('a'), phase('b', rooms(0))],
      '*.roomOrdering.reordered == 0',
      { status: 'pass', observed: 0 },
    ],
    [
      'so that one with rooms can fail',
      [phase('a'), phase('b', rooms(2))],
      '*.roomOrdering.reordered == 0',
      { status: 'fail', observed: 2 },
    ],
    [
      'all lack rooms',
      [phase('a')],
      '*.roomOrdering.missing == 0',
      { status: 'inconclusive', reason: 'no phase has roomOrdering.missing' },
    ],
    [
      'fan-out is judged where there is some',
      [phase('a'), phase('b', rooms(0))],
      '*.fanout.lastMs.p99 < 30ms',
      { status: 'fail', observed: 40 },
    ],
    [
      'a server without rooms, and a target, are passed over',
      [phase('a'), phase('b', { server: serverWith(null) }), phase('c', { server: serverWith(7) })],
      '*.server.rooms.notReplayed == 0',
      { status: 'fail', observed: 7 },
    ],
    [
      'how evenly nodes were loaded is judged where there are some',
      [phase('a'), phase('b', balanced(0.3))],
      '*.topology.balance.worstDeviationRatio < 20%',
      { status: 'fail', observed: 30 },
    ],
    [
      'a phase that has the object without the value is not passed over',
      [phase('a', { latency: { responseMs: EMPTY, serviceMs: EMPTY, oneWayMs: null } }), phase('b')],
      '*.latency.responseMs.p99 < 50ms',
      { status: 'inconclusive', reason: 'a: latency.responseMs.p99 was not measured' },
    ],
    [
      'no phase at all',
      [],
      '*.ordering.missing == 0',
      { status: 'inconclusive', reason: 'no phase was run' },
    ],
  ]);
});

describe('a time that was not reached', () => {
  const a = phase('a', { herds: [herd({ t99Ms: null, observedMs: 20_000 })] });
  const rows: [rule: string, status: string, sentence: string][] = [
    ['a.herds.t99Ms < 10s', 'fail', 'the limit is within what was watched'],
    ['a.herds.t99Ms < 20s', 'fail', 'the limit is the end of it'],
    ['a.herds.t99Ms <= 20s', 'fail', 'also where the limit itself would do'],
    ['a.herds.t99Ms < 21s', 'inconclusive', 'the limit is beyond what was watched'],
    ['a.herds.t99Ms > 10s', 'inconclusive', 'an absent value never passes'],
    ['a.herds.t99Ms >= 30s', 'inconclusive', 'an absent value never passes'],
    ['a.herds.t99Ms == 10s', 'inconclusive', 'an absent value never passes'],
    ['a.herds.t99Ms != 10s', 'inconclusive', 'an absent value never passes'],
    ['a.herds.t95Ms < 10s', 'pass', 'another time was reached'],
  ];
  test.each(rows)('%s: %s, %s', (rule, status) => {
    expect(result(measured(a), rule)).toMatchObject({ status });
  });
});

describe('a ceiling that was not found', () => {
  const a = phase('a', { ceiling: openCeiling(10_000) });
  const rows: [rule: string, expected: object, sentence: string][] = [
    ['a.ceiling.connections >= 10000', { status: 'pass', observed: 10_000 }, 'passes by its lower bound'],
    ['a.ceiling.connections > 9999', { status: 'pass' }, 'passes by its lower bound'],
    ['a.ceiling.connections >= 10001', { status: 'inconclusive', observed: null }, 'it may be higher'],
    ['a.ceiling.connections < 20000', { status: 'inconclusive' }, 'it may be higher'],
    ['a.ceiling.connections == 10000', { status: 'inconclusive' }, 'nobody knows'],
    ['a.ceiling.lowerBound == 10000', { status: 'pass' }, 'the bound itself is known'],
    ['a.ceiling.upperBound < 20000', { status: 'inconclusive' }, 'there is none'],
    ['a.ceiling.found == 1', { status: 'fail', observed: 0 }, 'who asks for it is told'],
  ];
  test.each(rows)('%s: %o, %s', (rule, expected) => {
    expect(result(measured(a), rule)).toMatchObject(expected);
  });

  test('one that was found is a number like others', () => {
    const found = measured(phase('a', { ceiling: ceiling() }));
    expect(result(found, 'a.ceiling.connections >= 10000')).toMatchObject({ status: 'fail', observed: 5000 });
    expect(result(found, 'a.ceiling.connections < 10000')).toMatchObject({ status: 'pass', observed: 5000 });
  });

  test('does not change the verdict by itself', () => {
    expect(judged(measured(a))).toEqual({ status: 'pass', reasons: [], rules: [] });
  });
});

describe('an absent value never passes', () => {
  holds([
    [
      'an object that is null',
      [phase('a')],
      'a.ceiling.connections > 1',
      { reason: 'a has no ceiling.connections' },
    ],
    ['a summary that is null', [phase('a')], 'a.latency.oneWayMs.p99 < 1s', { status: 'inconclusive' }],
    [
      'an empty summary',
      [phase('a', { connect: { ...phase('a').connect, latencyMs: EMPTY } })],
      'a.connect.latencyMs.p99 < 1s',
      { status: 'inconclusive', reason: 'connect.latencyMs.p99 was not measured' },
    ],
    [
      'a number that is null',
      [phase('a')],
      'a.generator.kernelBytesPerConnection < 1MB',
      { status: 'inconclusive', observed: null, limit: 1, unit: 'MB' },
    ],
    ['a key that no run has seen', [phase('a')], 'a.connect.failed.EMFILE == 0', { status: 'inconclusive' }],
    ['a key of every object', [phase('a')], 'a.closes.constructor.count == 0', { status: 'inconclusive' }],
    ['a phase that was not run', [phase('a')], 'b.ordering.missing == 0', { reason: 'no phase b was run' }],
  ]);

  test('whatever the rule', () => {
    const nothing = measured(
      phase('a', { latency: { responseMs: EMPTY, serviceMs: EMPTY, oneWayMs: null } }),
    );
    const ops = fc.constantFrom('<', '<=', '>', '>=', '==', '!=');
    const paths = fc.constantFrom(
      'latency.responseMs.p99',
      'ceiling.connections',
      'herds.t99Ms',
      'server.rssBytes',
    );
    fc.assert(
      fc.property(ops, paths, fc.integer(), fc.constantFrom('a', '*'), (op, path, limit, name) => {
        expect(result(nothing, `${name}.${path} ${op} ${limit}`).status).toBe('inconclusive');
      }),
    );
  });
});

describe('where the generator was the bottleneck', () => {
  const fanout = {
    published: 9,
    expected: 9,
    delivered: 9,
    reachRatio: 1,
    firstMs: summary(1),
    medianMs: summary(1),
    lastMs: summary(1),
  };
  const a = invalid(phase('a', { herds: [herd()], ceiling: openCeiling(10_000), fanout }));
  const rows: [rule: string, status: string][] = [
    ['a.latency.responseMs.p99 < 50ms', 'inconclusive'],
    ['a.latency.responseMs.p99 < 1ms', 'inconclusive'],
    ['a.latency.serviceMs.count > 5', 'inconclusive'],
    ['a.ceiling.connections >= 1', 'inconclusive'],
    ['a.connect.latencyMs.p99 < 1s', 'inconclusive'],
    ['a.connect.peakPerS > 1/s', 'inconclusive'],
    ['a.fanout.lastMs.p99 < 1s', 'inconclusive'],
    ['a.herds.t99Ms < 10s', 'inconclusive'],
    ['a.fanout.delivered == 9', 'pass'],
    ['a.herds.lost == 3', 'pass'],
    ['a.herds.lost == 0', 'fail'],
    ['a.connect.established == 100', 'pass'],
    ['a.ordering.missing == 0', 'pass'],
    ['a.ordering.received == 0', 'fail'],
    ['a.messages.dropped == 0', 'pass'],
    ['a.closes.1006.count == 0', 'inconclusive'],
    ['a.generator.valid == 1', 'fail'],
  ];
  test.each(rows)('%s: %s', (rule, status) => {
    expect(result(measured(a), rule).status).toBe(status);
  });

  test('the reason is told, and no number', () => {
    expect(result(measured(a), 'a.latency.responseMs.p99 < 50ms')).toMatchObject({
      observed: null,
      reason: 'the generator was the bottleneck: its event loop was busy',
    });
  });

  test('another phase can still fail', () => {
    const run = measured(invalid(phase('a')), phase('b', latency(90)));
    expect(result(run, '*.latency.responseMs.p99 < 50ms')).toMatchObject({ status: 'fail', observed: 90 });
  });
});

describe('the verdict', () => {
  const slow = phase('a', latency(90));

  test('passes without a rule', () => {
    expect(judged(measured(phase('a')))).toEqual({ status: 'pass', reasons: [], rules: [] });
  });

  test('passes where each rule passed', () => {
    const verdict = judged(measured(phase('a')), 'a.clients.peak == 100', '*.ordering.missing == 0');
    expect(verdict).toMatchObject({
      status: 'pass',
      reasons: [],
      rules: [{ status: 'pass' }, { status: 'pass' }],
    });
  });

  test('fails where a rule failed for certain, even where others are inconclusive', () => {
    const verdict = judged(measured(slow), 'a.latency.responseMs.p99 < 50ms', 'a.herds.t99Ms < 1s');
    expect(verdict.status).toBe('fail');
    expect(verdict.reasons).toEqual(['a.herds.t99Ms < 1s: a has no herds.t99Ms']);
  });

  test('is inconclusive where a rule is, and none failed', () => {
    expect(judged(measured(slow), 'a.clients.peak == 100', 'a.herds.t99Ms < 1s').status).toBe('inconclusive');
  });

  test('is inconclusive where a ceiling was searched by a generator at its limit', () => {
    const verdict = judged(measured(invalid(phase('a', { ceiling: ceiling() }))), '*.ordering.missing == 0');
    expect(verdict).toMatchObject({ status: 'inconclusive', reasons: [saying('a: no ceiling can be told')] });
  });

  test('also where the search came to nothing', () => {
    const run = measured(invalid(phase('a')));
    run.scenario = { ...run.scenario, phases: [{ name: 'a', ceiling: true } as never] };
    expect(judged(run).status).toBe('inconclusive');
  });

  test('passes where the generator was at its limit and no capacity was asked for', () => {
    expect(judged(measured(invalid(phase('a'))), '*.ordering.missing == 0').status).toBe('pass');
  });

  test('is inconclusive after a death, and tells of it', () => {
    const rules = parseRules(['a.clients.peak == 100']);
    expect(judge(measured(slow), rules, ['worker 2 died: out of memory'])).toMatchObject({
      status: 'inconclusive',
      reasons: ['worker 2 died: out of memory'],
      rules: [{ status: 'pass' }],
    });
  });

  test('fails after a death where a rule failed', () => {
    const rules = parseRules(['a.clients.peak == 0']);
    expect(judge(measured(slow), rules, ['worker 2 died'])).toMatchObject({
      status: 'fail',
      reasons: ['worker 2 died'],
    });
  });
});

test('a rule holds of a list exactly if it holds of each element', () => {
  const ops = fc.constantFrom('<', '<=', '>', '>=', '==', '!=');
  const values = fc.array(fc.nat(20), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(values, ops, fc.nat(20), (lost, op, limit) => {
      const rule = `a.herds.lost ${op} ${limit}`;
      const all = lost.map((count) => result(measured(phase('a', { herds: [herd({ lost: count })] })), rule));
      const list = result(measured(phase('a', { herds: lost.map((count) => herd({ lost: count })) })), rule);
      expect(list.status).toBe(all.every(({ status }) => status === 'pass') ? 'pass' : 'fail');
      expect(lost).toContain(list.observed);
      expect(
        result(measured(phase('a', { herds: [herd({ lost: list.observed as number })] })), rule).status,
      ).toBe(list.status);
    }),
  );
});
