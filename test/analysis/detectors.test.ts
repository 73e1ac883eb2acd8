import { describe, expect, test } from 'vitest';
import { detect } from '../../src/analysis/detectors.ts';
import { type Finding, findingSchema, type Phase } from '../../src/model/record.ts';
import { calmHerd, quietPhase } from '../support/phases.ts';

/** The findings of one phase of a kind. */
function find(kind: string, said: Partial<Phase>): Finding[] {
  return detect([quietPhase(said)]).filter((finding) => finding.kind === kind);
}

const base = quietPhase();

test('a phase in which nothing happened has no findings', () => {
  expect(detect([base])).toEqual([]);
});

describe('the generator', () => {
  const bound = { ...base.generator, valid: false, reasons: ['it was late', 'it was busy'] };

  test('that was the bottleneck is found, with all reasons', () => {
    const [finding] = find('generator', { generator: bound });
    expect(finding).toMatchObject({
      severity: 'error',
      phase: 'single',
      evidence: 'it was late; it was busy',
    });
  });

  test('that was valid is not', () => {
    expect(find('generator', { generator: { ...bound, valid: true } })).toEqual([]);
  });
});

describe('a phase without a whole second of hold or search', () => {
  const notJudged = { ...base.generator, judgedSeconds: 0, markedSeconds: 0 };
  const answered = { ...base.latency, responseMs: { ...base.latency.responseMs, count: 40 } };

  test('that has latencies all the same says that nobody judged them', () => {
    expect(find('not-judged', { generator: notJudged, latency: answered })).toMatchObject([
      { severity: 'info' },
    ]);
  });

  test.for<[string, Partial<Phase>]>([
    ['nothing was measured', { generator: notJudged }],
    ['seconds were judged', { generator: { ...notJudged, judgedSeconds: 9 }, latency: answered }],
    [
      'an older version did not count them',
      { generator: { ...notJudged, judgedSeconds: null }, latency: answered },
    ],
  ])('is not mentioned where %s', ([, said]) => {
    expect(find('not-judged', said)).toEqual([]);
  });
});

describe('a machine that swapped', () => {
  const MB = 1024 ** 2;
  const snapshot = (swapUsedBytes: number | null) => ({
    ...{ atMs: 0, connections: 0, generatorBytes: null, serverBytes: null, kernelBytes: null, sockets: null },
    ...{ generatorAnonymousBytes: null, serverAnonymousBytes: null, availableBytes: null, swapUsedBytes },
  });
  const swapping = (before: number | null, settled: number | null, after: number | null) => ({
    memory: {
      ...{ before: snapshot(before), connected: null, settled: snapshot(settled), after: snapshot(after) },
      ...{
        processMeasure: null,
        kernelMeasure: null,
        socketsPerConnection: null,
        kernelBytesPerSocket: null,
      },
    },
  });

  test('is found by what it had swapped out at most', () => {
    expect(find('swapped', swapping(0, 300 * MB, 20 * MB))).toMatchObject([
      { severity: 'warning', title: 'The machine swapped', evidence: expect.stringContaining('300 MB') },
    ]);
  });

  test.for([
    ['what was out before', swapping(500 * MB, 500 * MB, 400 * MB)],
    ['a few pages', swapping(0, 15 * MB, 0)],
    ['what is not known', swapping(null, 300 * MB, null)],
    ['nothing', { memory: null }],
  ] as const)('is none by %s', ([, memory]) => {
    expect(find('swapped', memory)).toEqual([]);
  });
});

describe('an early end', () => {
  test('is found with its reason and how long the phase ran', () => {
    const [finding] = find('ended-early', { endedEarly: 'SIGINT', durationMs: 4200 });
    expect(finding).toMatchObject({ severity: 'error', detail: 'SIGINT', evidence: 'it ran for 4.20 s' });
  });

  test('is none where the plan was done', () => {
    expect(find('ended-early', { endedEarly: null })).toEqual([]);
  });
});

describe('connects that failed', () => {
  const connect = (failed: Record<string, number>, attempts = 10_000) => ({
    ...base.connect,
    attempts,
    failed,
  });

  test.for([
    [10, 'warning', 'one in a thousand'],
    [11, 'error', 'more than that'],
  ] as const)('%d of 10,000 are a %s: %s', ([count, severity]) => {
    const [finding] = find('connect-failures', { connect: connect({ TIMEOUT: count }) });
    expect(finding).toMatchObject({ severity, detail: `${count} of 10,000 attempts` });
  });

  test('are told by cause, the most frequent first', () => {
    const [finding] = find('connect-failures', {
      connect: connect({ HTTP_503: 3, TIMEOUT: 2000, ECONNRESET: 40 }),
    });
    expect(finding.evidence).toBe('TIMEOUT: 2,000, ECONNRESET: 40, HTTP_503: 3');
    expect(finding.title).toBe('20.4 % of the connects failed');
  });

  test('are none where none failed', () => {
    expect(find('connect-failures', { connect: connect({}) })).toEqual([]);
  });

  test('are expected of a search that found the ceiling, not of one that did not', () => {
    const ceiling = (found: boolean): Phase['ceiling'] => ({
      connections: 900,
      lowerBound: 900,
      upperBound: found ? 910 : null,
      ...{ found, widthRatio: null, objective: null },
      limiter: { resource: 'accept rate', side: 'server', evidence: '' },
      steps: [],
    });
    const failing = connect({ TIMEOUT: 500 });
    expect(find('connect-failures', { connect: failing, ceiling: ceiling(true) })).toEqual([]);
    expect(find('connect-failures', { connect: failing, ceiling: ceiling(false) })).toHaveLength(1);
  });

  test('are expected of the herds, while the server is away', () => {
    const herds = [calmHerd({ failed: { ECONNREFUSED: 30 } }), calmHerd({ failed: { ECONNREFUSED: 20 } })];
    expect(find('connect-failures', { connect: connect({ ECONNREFUSED: 50 }), herds })).toEqual([]);
  });

  test('besides those of the herds are found by themselves', () => {
    const herds = [calmHerd({ failed: { ECONNREFUSED: 5000 } })];
    const [finding] = find('connect-failures', {
      connect: connect({ ECONNREFUSED: 5000, TIMEOUT: 2 }),
      herds,
    });
    expect(finding).toMatchObject({
      severity: 'warning',
      detail: '2 of 10,000 attempts',
      evidence: 'TIMEOUT: 2',
    });
  });
});

describe('the order', () => {
  const ordering = (said: Partial<Phase['ordering']>) => ({
    ...base.ordering,
    expected: 105,
    received: 100,
    ...said,
  });

  test.for([
    ['missing', { missing: 5 }, '100 of 105 arrived'],
    ['duplicates', { duplicates: 3 }, '3 besides 100 single ones'],
    [
      'reordered',
      { reordered: 2, maxExtent: 7, maxBufferDepth: 6 },
      'up to 7 messages too late; a buffer of 6',
    ],
  ] as const)('%s messages are found, and only they', ([kind, said, evidence]) => {
    const findings = detect([quietPhase({ ordering: ordering(said) })]);
    expect(findings.map((finding) => finding.kind)).toEqual([kind]);
    expect(findings[0]).toMatchObject({ severity: 'error', evidence: expect.stringContaining(evidence) });
  });

  test('is found whatever the generator was like: each is a proof', () => {
    const generator = { ...base.generator, valid: false, reasons: ['late'] };
    const findings = detect([
      quietPhase({ generator, ordering: ordering({ missing: 1, duplicates: 1, reordered: 1 }) }),
    ]);
    expect(findings.map(({ kind }) => kind)).toEqual(['generator', 'missing', 'duplicates', 'reordered']);
  });
});

describe('single messages as evidence of the order', () => {
  const example = (kind: 'gap' | 'reordered' | 'duplicate', seq: number, after: number) => ({
    ...{ kind, client: 17, epoch: 0, seq, after },
  });
  const evidenceOf = (kind: string, said: Partial<Phase['ordering']>) =>
    find(kind, { ordering: { ...base.ordering, expected: 100, received: 100, ...said } })[0].evidence;

  test('say which message came after which', () => {
    const examples = [example('gap', 45, 41), example('reordered', 42, 45), example('duplicate', 45, 45)];
    expect(evidenceOf('reordered', { reordered: 1, examples })).toMatch(
      /; client 17, epoch 0: 42 came after 45$/,
    );
    expect(evidenceOf('duplicates', { duplicates: 1, examples })).toMatch(
      /; client 17, epoch 0: 45 came again$/,
    );
  });

  test('are told of rooms where the publishers’ order does not show it', () => {
    const examples = [example('duplicate', 45, 45)];
    const roomOrdering = { ...base.ordering, expected: 100, received: 100, duplicates: 7, examples };
    expect(find('duplicates', { roomOrdering })).toMatchObject([
      {
        title: '7 messages arrived more than once in rooms',
        evidence: expect.stringMatching(/45 came again$/),
      },
    ]);
    const both = { roomOrdering, ordering: { ...roomOrdering, duplicates: 2 } };
    expect(find('duplicates', both).map(({ title }) => title)).toEqual(['2 messages arrived more than once']);
  });

  test('are three at the most', () => {
    const examples = [1, 2, 3, 4].map((seq) => example('duplicate', seq, 9));
    expect(evidenceOf('duplicates', { duplicates: 4, examples }).match(/came again, after 9/g)).toHaveLength(
      3,
    );
  });

  test('show a gap only where it cannot have been filled later', () => {
    const examples = [example('gap', 45, 41), example('gap', 3, 0)];
    expect(evidenceOf('missing', { missing: 5, examples })).toMatch(
      /; client 17, epoch 0: 45 came right after 41; client 17, epoch 0: 3 came first$/,
    );
    expect(evidenceOf('missing', { missing: 5, reordered: 1, examples })).not.toMatch(/client/);
  });
});

describe('messages', () => {
  test('that arrived before they were sent are the clocks’ fault', () => {
    const messages = { ...base.messages, received: 120 };
    expect(find('clocks', { messages: { ...messages, negativeOneWay: 2 } })).toMatchObject([
      { severity: 'warning', title: '2 messages arrived before they were sent' },
    ]);
    for (const negativeOneWay of [0, null]) {
      expect(find('clocks', { messages: { ...messages, negativeOneWay } })).toEqual([]);
    }
  });

  test('that are not ours are found', () => {
    const messages = { ...base.messages, received: 120, foreign: 20 };
    expect(find('foreign', { messages })).toMatchObject([
      { severity: 'warning', evidence: '120 messages were received in all' },
    ]);
    expect(find('foreign', { messages: { ...messages, foreign: 0 } })).toEqual([]);
  });

  test('that a server did not read are found, those that others dropped are not', () => {
    const droppedByCause = { disconnected: 9, backpressure: 0, late: 9 };
    const messages = { ...base.messages, sent: 50, dropped: 18, droppedByCause };
    expect(find('backpressure', { messages })).toEqual([]);
    const full = { ...messages, droppedByCause: { ...droppedByCause, backpressure: 4 } };
    expect(find('backpressure', { messages: full })).toMatchObject([
      { severity: 'warning', evidence: '50 were sent' },
    ]);
  });
});

describe('a herd', () => {
  test('that came back is no finding', () => {
    expect(detect([quietPhase({ herds: [calmHerd()] })])).toEqual([]);
  });

  test('that is metastable is found; one of which that is not known is not', () => {
    const found = (metastable: boolean | null) =>
      find('metastable', { herds: [calmHerd({ metastable, trigger: 'kill' })] });
    expect(found(true)).toMatchObject([{ severity: 'error', title: expect.stringContaining('kill') }]);
    expect(found(null)).toEqual([]);
    expect(found(false)).toEqual([]);
  });

  test('of which some never came back is found, each by itself', () => {
    const herds = [
      calmHerd({ neverReturned: 3 }),
      calmHerd(),
      calmHerd({ neverReturned: 1, trigger: 'kill' }),
    ];
    expect(find('never-returned', { herds })).toMatchObject([
      {
        severity: 'error',
        title: expect.stringMatching(/^3 clients did not/),
        detail: expect.stringMatching('drop'),
      },
      { severity: 'error', title: expect.stringMatching(/^1 client/), detail: expect.stringMatching('kill') },
    ]);
  });
});

describe('all findings', () => {
  const troubled = (name: string) =>
    quietPhase({
      name,
      messages: { ...base.messages, foreign: 1 },
      ordering: { ...base.ordering, missing: 1 },
      connect: { ...base.connect, attempts: 10_000, failed: { TIMEOUT: 1 } },
    });

  test('come phase by phase, the worst first within each', () => {
    const findings = detect([troubled('a'), troubled('b')]);
    expect(findings.map(({ phase, severity }) => `${phase} ${severity}`)).toEqual([
      'a error',
      'a warning',
      'a warning',
      'b error',
      'b warning',
      'b warning',
    ]);
  });

  test('are findings that the record takes', () => {
    for (const finding of detect([troubled('a')])) expect(findingSchema.parse(finding)).toEqual(finding);
  });
});
