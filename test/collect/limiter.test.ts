import { describe, expect, test } from 'vitest';
import { RESERVED_DESCRIPTORS } from '../../src/base/limits.ts';
import { nameLimiter, type StepEvidence } from '../../src/collect/limiter.ts';
import { serverSample } from '../support/server-sample.ts';

/** A level that asked for 1,000, of which 900 were connected, and nothing says why. */
const evidence = (said: Partial<StepEvidence> = {}): StepEvidence => ({
  requested: 1000,
  established: 900,
  failed: {},
  closed: 0,
  connectP99Ms: 5,
  eluMax: 0.2,
  server: [],
  ...said,
});

const withDescriptors = (openDescriptors: number | null, maxDescriptors: number | null) => [
  serverSample({ openDescriptors: 10, maxDescriptors: 1_000_000 }),
  serverSample({ openDescriptors, maxDescriptors }),
];

test.for<[string, Partial<StepEvidence>, string, string]>([
  ['EMFILE', { failed: { EMFILE: 100 } }, 'file descriptors', 'generator'],
  ['ENFILE', { failed: { ENFILE: 1 } }, 'file descriptors', 'generator'],
  ['EADDRNOTAVAIL', { failed: { EADDRNOTAVAIL: 100 } }, 'ephemeral ports', 'generator'],
  ['EADDRINUSE', { failed: { EADDRINUSE: 100 } }, 'ephemeral ports', 'generator'],
  ['a busy loop of ours', { eluMax: 0.91 }, 'processor', 'generator'],
  ['a server out of descriptors', { server: withDescriptors(1023, 1024) }, 'file descriptors', 'server'],
  [
    'a server that keeps its last descriptors and answers 503',
    { server: withDescriptors(1024 - RESERVED_DESCRIPTORS, 1024), failed: { HTTP_503: 100 } },
    'file descriptors',
    'server',
  ],
  ['HTTP 503', { failed: { HTTP_503: 100 } }, 'admission limit', 'server'],
  ['HTTP 429', { failed: { HTTP_429: 100 } }, 'admission limit', 'server'],
  ['timeouts', { failed: { TIMEOUT: 100 } }, 'accept rate', 'server'],
  ['refused connects', { failed: { ECONNREFUSED: 100 } }, 'accept capacity', 'server'],
  ['reset connects', { failed: { ECONNRESET: 100 } }, 'accept capacity', 'server'],
  ['closes', { closed: 100 }, 'connections kept open', 'server'],
  ['slow connects', { established: 1000, connectP99Ms: 1500 }, 'accept rate', 'server'],
  ['nothing', {}, 'unknown', 'unknown'],
  ['a loop that is just not too busy', { eluMax: 0.9 }, 'unknown', 'unknown'],
  ['connects that are just not too slow', { connectP99Ms: 1000 }, 'unknown', 'unknown'],
  ['a server with descriptors to spare', { server: withDescriptors(500, 1024) }, 'unknown', 'unknown'],
  ['a server that does not tell', { server: withDescriptors(null, null) }, 'unknown', 'unknown'],
  ['no connects at all', { connectP99Ms: null }, 'unknown', 'unknown'],
])('%s: it is $2, side $3', ([, said, resource, side]) => {
  expect(nameLimiter(evidence(said))).toMatchObject({ resource, side });
});

describe('of several causes', () => {
  test('one of ours is named before any of the server’s, since it would pass for one', () => {
    const everything = {
      failed: { HTTP_503: 900, TIMEOUT: 50, EMFILE: 1 },
      closed: 30,
      server: withDescriptors(1024, 1024),
    };
    expect(nameLimiter(evidence(everything)).side).toBe('generator');
    expect(nameLimiter(evidence({ ...everything, failed: { HTTP_503: 900 }, eluMax: 0.95 })).side).toBe(
      'generator',
    );
  });

  test('a refusal is named before a timeout, and a timeout before a close', () => {
    expect(nameLimiter(evidence({ failed: { TIMEOUT: 9, HTTP_503: 1 } })).resource).toMatch('admission');
    expect(nameLimiter(evidence({ failed: { TIMEOUT: 1 }, closed: 9 })).resource).toBe('accept rate');
  });
});

describe('the evidence', () => {
  test('has the figures of each cause, and how many were connected', () => {
    const { evidence: text } = nameLimiter(evidence({ failed: { HTTP_503: 1234, ECONNRESET: 2 } }));
    expect(text).toContain('HTTP_503 1,234 times');
    expect(text).toContain('ECONNRESET 2 times');
    expect(text).toContain('900 of 1,000 were connected');
  });

  test('names the process that ran out of descriptors, not another', () => {
    expect(nameLimiter(evidence({ server: withDescriptors(1020, 1024) })).evidence).toContain(
      '1,020 of 1,024',
    );
  });

  test('says how busy the loop and how slow the connects were', () => {
    expect(nameLimiter(evidence({ eluMax: 0.987 })).evidence).toContain('98.7 %');
    expect(nameLimiter(evidence({ connectP99Ms: 1500 })).evidence).toContain('1.50 s');
  });

  test('of nothing says so: the time was over', () => {
    expect(nameLimiter(evidence()).evidence).toBe('900 of 1,000 were connected when the time was over');
  });
});
