import { describe, expect, test } from 'vitest';
import { fieldPaths } from '../../src/gate/fields.ts';
import { defaultMetrics, metricOf, readMetrics } from '../../src/gate/metrics.ts';
import type { Phase, RunRecord } from '../../src/model/record.ts';
import { phasePlan } from '../support/plans.ts';
import { ceiling, EMPTY, herd, invalid, measured, openCeiling, phase } from './measured.ts';

function record(...phases: Phase[]): RunRecord {
  return { ...measured(...phases), findings: [], verdict: { status: 'pass', reasons: [], rules: [] } };
}

const valueIn = (of: RunRecord, name: string) =>
  metricOf(
    of,
    readMetrics(
      [name],
      of.phases.map((p) => p.name),
    )[0],
  );

describe('a metric', () => {
  test('is a path as a rule has it, of each phase where a star stands', () => {
    expect(
      readMetrics(['*.latency.responseMs.p99', 'b.connect.latencyMs.p50'], ['a', 'b']).map(
        ({ name }) => name,
      ),
    ).toEqual(['a.latency.responseMs.p99', 'b.latency.responseMs.p99', 'b.connect.latencyMs.p50']);
  });

  test('counts once, however often it is named', () => {
    expect(readMetrics(['*.clients.peak', 'a.clients.peak'], ['a'])).toHaveLength(1);
  });

  test('that cannot be read shows where, all of them together', () => {
    expect(() => readMetrics(['a.latncy.p99', 'c.clients.peak'], ['a', 'b'])).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        details: expect.arrayContaining([
          expect.stringContaining('did you mean latency?'),
          '    ^^^^^^'.replace('    ', '    '),
          expect.stringContaining('no phase "c" is run; there are a, b'),
        ]),
      }),
    );
  });

  test.each([
    ['latency.responseMs.p99', 'lower'],
    ['connect.latencyMs.p50', 'lower'],
    ['herds.t99Ms', 'lower'],
    ['ordering.missing', 'lower'],
    ['server.bytesPerConnection', 'lower'],
    ['ceiling.connections', 'higher'],
    ['connect.peakPerS', 'higher'],
    ['clients.established', 'higher'],
    ['messages.received', 'higher'],
    ['messages.dropped', 'lower'],
    ['fanout.reachRatio', 'higher'],
    ['fanout.lastMs.p99', 'lower'],
    ['generator.offeredRatio', 'higher'],
  ])('of %s: %s is better', (path, better) => {
    expect(fieldPaths()).toContain(path);
    expect(readMetrics([`a.${path}`], ['a'])[0].better).toBe(better);
  });
});

describe('where nobody names a metric', () => {
  const of = (more: object) =>
    defaultMetrics([{ ...phasePlan(), name: 'a', ...more }]).map(({ name }) => name);
  const messages = phasePlan().messages;

  test('it is response p50 and p99, and connect p99', () => {
    expect(of({ messages: { ...messages, mode: 'echo' }, ceiling: false })).toEqual([
      ...['a.latency.responseMs.p50', 'a.latency.responseMs.p99', 'a.connect.latencyMs.p99'],
    ]);
  });

  test('it is the way there where nobody answers', () => {
    expect(of({ messages: { ...messages, mode: 'broadcast' }, ceiling: false })[0]).toBe(
      'a.latency.oneWayMs.p50',
    );
  });

  test('it is the ceiling, too, where one was searched for', () => {
    expect(of({ messages, ceiling: true }).at(-1)).toBe('a.ceiling.connections');
    expect(of({ messages, rateCeiling: true }).at(-1)).toBe('a.rateCeiling.messagesPerS');
  });
});

describe('the value of a run', () => {
  test('is the number at the path', () => {
    expect(valueIn(record(phase('a')), 'a.latency.responseMs.p99')).toEqual({ kind: 'value', value: 40 });
  });

  test('of a list is the worst', () => {
    const herds = [herd({ t99Ms: 3000 }), herd({ t99Ms: 7000 })];
    expect(valueIn(record(phase('a', { herds })), 'a.herds.t99Ms')).toEqual({ kind: 'value', value: 7000 });
  });

  test('does not count where the generator was the bottleneck', () => {
    expect(valueIn(record(invalid(phase('a'))), 'a.latency.responseMs.p99')).toEqual({
      ...{ kind: 'invalid', reason: 'a-run: the generator was the bottleneck: its event loop was busy' },
    });
  });

  test('counts all the same of what a busy generator does not falsify', () => {
    expect(valueIn(record(invalid(phase('a'))), 'a.clients.peak').kind).toBe('value');
  });

  const interrupted = (of: RunRecord): RunRecord => ({
    ...of,
    run: { ...of.run, interrupted: true, interruptedBy: 'SIGINT' },
  });
  test.each<[string, RunRecord, string, string]>([
    [
      'was not measured',
      record(phase('a')),
      'a.latency.oneWayMs.p99',
      'latency.oneWayMs.p99 was not measured',
    ],
    [
      'is of nothing',
      record(phase('a', { connect: { ...phase('a').connect, latencyMs: EMPTY } })),
      'a.connect.latencyMs.p99',
      'was not measured',
    ],
    ['has no ratio', record(phase('a')), 'a.ordering.missing', 'is 0, of which there is no ratio'],
    [
      'is of an interrupted run',
      interrupted(record(phase('a'))),
      'a.clients.peak',
      'was interrupted: SIGINT',
    ],
    [
      'is a ceiling that was not found',
      record(phase('a', { ceiling: openCeiling(500) })),
      'a.ceiling.connections',
      'the ceiling was not found',
    ],
  ])('is absent if it %s', (_why, of, name, reason) => {
    expect(valueIn(of, name)).toEqual({ kind: 'absent', reason: expect.stringContaining(reason) });
  });

  test('is a ceiling that was found', () => {
    expect(valueIn(record(phase('a', { ceiling: ceiling() })), 'a.ceiling.connections')).toEqual({
      kind: 'value',
      value: 5000,
    });
  });

  test('is absent of a phase that was not run', () => {
    const [metric] = readMetrics(['b.clients.peak'], ['b']);
    expect(metricOf(record(phase('a')), metric)).toMatchObject({ kind: 'absent' });
  });
});
