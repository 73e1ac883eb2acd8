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
      found,
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

describe('messages', () => {
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
