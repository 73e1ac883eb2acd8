import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCount, formatMs } from '../../src/base/units.ts';
import type { Phase } from '../../src/model/record.ts';
import { comparisonRows } from '../../src/report/comparison.ts';
import { type Fanout, reach } from '../../src/report/rooms.ts';
import { phaseSentence } from '../../src/report/sentence.ts';
import { clusterPhase } from './sample-cluster.ts';
import { invalidPhase, samplePhase } from './sample-phase.ts';

const labelsOf = (...phases: Phase[]) => comparisonRows(phases).map(({ label }) => label);
const cell = (phases: Phase[], label: string, index = 0) =>
  comparisonRows(phases).find((row) => row.label === label)?.values[index];

const invalidCluster = () => ({ ...clusterPhase(), generator: invalidPhase().generator });

describe('reach', () => {
  const of = (delivered: number, expected: number) => reach({ delivered, expected } as Fanout);

  it.each([
    [0, 0, '–'],
    [0, 10, '0.00 %'],
    [1, 3, '33.33 %'],
    [999_999, 1_000_000, '99.99 %'],
    [1_000_000, 1_000_000, '100 %'],
  ])('%i of %i is %s', (delivered, expected, text) => {
    expect(of(delivered, expected)).toBe(text);
  });

  it('is 100 % only where nobody was left out', () => {
    const counts = fc.integer({ min: 1, max: 2 ** 40 }).chain((n) => fc.tuple(fc.nat(n), fc.constant(n)));
    fc.assert(
      fc.property(counts, ([delivered, expected]) => {
        expect(of(delivered, expected) === '100 %').toBe(delivered === expected);
      }),
    );
  });
});

describe('a phase with rooms beside one without', () => {
  const phases = [samplePhase(), clusterPhase()];

  it.each([
    ['made of', '1 node', '4 nodes, sticky, nginx, Redis'],
    ['clients of a node', '–', '96–104 (±4.00 %)'],
    ['reach', '–', '99.98 %'],
    ['rooms: missing', '–', '3'],
    ['rooms: recovered', '–', '480'],
    ['rooms: duplicated', '–', '0'],
    ['rooms: reordered', '–', '0'],
    ['server: replayed', '–', '480'],
    ['server: forgotten', '–', '3'],
    ['broker reconnects', '–', '1'],
    ['kill: lost', '305', '4'],
    ['kill: recovered', '–', '268'],
  ])('has %s: %s, %s', (label, single, cluster) => {
    expect([cell(phases, label, 0), cell(phases, label, 1)]).toEqual([single, cluster]);
  });

  it('has the first, median and last recipient, each at its median and its tail', () => {
    const { firstMs, medianMs, lastMs } = clusterPhase().fanout!;
    for (const [label, { p50, p99 }] of [
      ['first recipient', firstMs],
      ['median recipient', medianMs],
      ['last recipient', lastMs],
    ] as const) {
      expect(cell(phases, label, 0)).toBe('–');
      expect(cell(phases, label, 1)).toBe(`${formatMs(p50!)}, p99 ${formatMs(p99!)}`);
    }
  });

  it('has the order of publishers above that of rooms', () => {
    const labels = labelsOf(...phases);
    expect(labels.indexOf('rooms: missing')).toBe(labels.indexOf('reordered') + 1);
  });

  it('tells of trouble only where there was some', () => {
    const calm = clusterPhase();
    calm.server!.rooms = { published: 3, unpublished: 0, replayed: 0, notReplayed: 0, brokerReconnects: 0 };
    const labels = labelsOf(calm);
    for (const label of ['server: forgotten', 'unpublished', 'broker reconnects']) {
      expect(labels).not.toContain(label);
    }
  });

  it('says INVALID in place of each share and time of an overloaded generator, and counts all the same', () => {
    const labels = ['reach', 'first recipient', 'median recipient', 'last recipient', 'kill: others p99'];
    for (const { label, values } of comparisonRows([invalidCluster()])) {
      if (labels.includes(label)) expect(values, label).toEqual(['INVALID (generator)']);
    }
    expect(cell([invalidCluster()], 'rooms: missing')).toBe('3');
    expect(cell([invalidCluster()], 'kill: lost')).toBe(formatCount(4));
  });

  it('has names that fit beside four phases in a terminal', () => {
    const twice = clusterPhase();
    twice.herds = [twice.herds[1], twice.herds[1]];
    for (const label of labelsOf(...phases)) expect(label.length, label).toBeLessThanOrEqual(17);
    expect(labelsOf(twice)).toContain('kill 2: recovered');
  });
});

describe('where no phase has rooms', () => {
  it('nothing is said of them', () => {
    const labels = labelsOf(samplePhase(), samplePhase()).join();
    expect(labels).not.toMatch(/room|reach|recipient|replayed|recovered|node/);
  });
});

describe('in words', () => {
  it('a phase tells its reach, what was recovered, and the trouble of bystanders', () => {
    const sentence = phaseSentence(clusterPhase());
    expect(sentence).toContain('Reach 99.98 %, last recipient p99 ');
    expect(sentence).toContain('Of what it missed, 268 messages were recovered and 4 lost.');
    expect(sentence).toContain('2 errors among 297 bystanders.');
    expect(sentence).toContain('In rooms: 3 missing, 0 duplicated, 0 reordered.');
  });

  it('an overloaded generator tells what went astray in rooms, and no reach', () => {
    const sentence = phaseSentence(invalidCluster());
    expect(sentence).toContain('In rooms: 3 missing');
    expect(sentence).not.toContain('Reach');
  });

  it('an outage that was not measured is not told', () => {
    const phase = clusterPhase();
    phase.herds[1].outageMs = null;
    expect(phaseSentence(phase)).not.toContain('outage');
  });
});
