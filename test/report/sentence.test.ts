import { describe, expect, it } from 'vitest';
import type { Phase, RunRecord } from '../../src/model/record.ts';
import { interruption, phaseSentence, verdictSentence } from '../../src/report/sentence.ts';
import { barePhase, invalidPhase, samplePhase } from './sample-phase.ts';
import { emptyRecord, sampleRecord } from './sample-record.ts';

/** A phase that only held connections: nothing was searched, broken or lost. */
function quietPhase(): Phase {
  const phase = samplePhase();
  phase.ceiling = null;
  phase.herds = [];
  phase.ordering.missing = 0;
  phase.clients = { requested: 2000, established: 2000, peak: 2000, atEnd: 2000, unanswered: 0 };
  phase.latency.responseMs.p99 = 2.1;
  return phase;
}

function quietWith(change: (phase: Phase) => void): Phase {
  const phase = quietPhase();
  change(phase);
  return phase;
}

function searched(
  found: boolean,
  resource: string,
  side: 'server' | 'generator' | 'scenario' | 'unknown',
): Phase {
  return quietWith((phase) => {
    const limiter = { resource, side, evidence: '' };
    const bounds = { lowerBound: 2000, upperBound: null, widthRatio: null, objective: null };
    phase.ceiling = { connections: 2000, ...bounds, found, limiter, steps: [] };
  });
}

const [drop, kill] = samplePhase().herds;

describe('the answer of a phase', () => {
  it.each<[string, Phase, string]>([
    ['a hold', quietPhase(), 'Held 2,000 connections; response p99 2.10 ms.'],
    [
      'a hold that fell short',
      quietWith((phase) => {
        phase.clients.peak = 1950;
      }),
      'Held 1,950 of 2,000 connections; response p99 2.10 ms.',
    ],
    [
      'no messages',
      quietWith((phase) => {
        phase.latency.responseMs.p99 = null;
      }),
      'Held 2,000 connections.',
    ],
    ['no connection', barePhase(), 'No connection was established.'],
    [
      'a ceiling',
      searched(true, 'file descriptors', 'server'),
      'Holds 2,000 connections; file descriptors of the server bound it. Response p99 2.10 ms.',
    ],
    [
      'a limiter that names its side itself',
      searched(true, 'connections that the server admits', 'server'),
      'Holds 2,000 connections; connections that the server admits bound it. Response p99 2.10 ms.',
    ],
    [
      'a limiter that is not known',
      searched(true, 'unknown', 'unknown'),
      'Holds 2,000 connections; what bound it is not known. Response p99 2.10 ms.',
    ],
    [
      'a ceiling that was not found',
      searched(false, 'requested maximum', 'scenario'),
      'Held at least 2,000 connections (ceiling not found: the requested maximum ended the search). Response p99 2.10 ms.',
    ],
    [
      'a herd that is back',
      quietWith((phase) => {
        phase.herds = [drop];
      }),
      'Held 2,000 connections; response p99 2.10 ms. 99 % back 5.15 s after the drop.',
    ],
    [
      'a herd that is back in part',
      quietWith((phase) => {
        phase.herds = [kill];
      }),
      'Held 2,000 connections; response p99 2.10 ms. 95 % back 6.95 s after the kill (outage 1.30 s), 99 % not within 12.0 s.',
    ],
    [
      'a herd that stays away',
      quietWith((phase) => {
        phase.herds = [{ ...kill, t50Ms: null, t95Ms: null, metastable: true }];
      }),
      'Held 2,000 connections; response p99 2.10 ms. 50 % not within 12.0 s after the kill (outage 1.30 s). It did not recover by itself (metastable).',
    ],
    [
      'lost messages',
      quietWith((phase) => {
        phase.ordering.missing = 3;
      }),
      'Held 2,000 connections; response p99 2.10 ms. Messages: 3 missing, 0 duplicated, 0 reordered.',
    ],
    [
      'an early end',
      quietWith((phase) => {
        phase.endedEarly = 'worker 2 died';
      }),
      'Ended early: worker 2 died. Held 2,000 connections; response p99 2.10 ms.',
    ],
  ])('for %s', (_name, phase, sentence) => {
    expect(phaseSentence(phase)).toBe(sentence);
  });

  it('gives no number of the service where the generator was the bottleneck, only its reasons and proofs', () => {
    expect(phaseSentence(invalidPhase())).toBe(
      'INVALID (generator): the event loop of worker 1 was busy for 97 % of its busiest second. Messages: 3 missing, 0 duplicated, 0 reordered.',
    );
  });
});

describe('the verdict in words', () => {
  it.each<[string, (record: RunRecord) => void, string]>([
    [
      'counts the rules by what became of them',
      () => {},
      '2 of 4 rules hold, 1 failed, 1 could not be judged.',
    ],
    [
      'says when all hold',
      ({ verdict }) => {
        verdict.rules = verdict.rules.filter(({ status }) => status === 'pass');
        verdict.status = 'pass';
      },
      '2 of 2 rules hold.',
    ],
    [
      'gives reasons, but not those that stand beside a rule',
      ({ verdict }) => {
        verdict.reasons = ['single.fanout.lastMs.p99 < 200ms: the phase has no fanout', 'a worker died'];
      },
      '2 of 4 rules hold, 1 failed, 1 could not be judged; a worker died.',
    ],
    [
      'leaves to the answer of a phase why its generator could not keep up',
      (record) => {
        record.phases = [invalidPhase()];
        const why = record.phases[0].generator.reasons[0];
        record.verdict.reasons = [`single: no ceiling can be told, the generator was the bottleneck: ${why}`];
      },
      '2 of 4 rules hold, 1 failed, 1 could not be judged; single: no ceiling can be told, the generator was the bottleneck.',
    ],
  ])('%s', (_name, change, sentence) => {
    const record = sampleRecord();
    change(record);
    expect(verdictSentence(record)).toBe(sentence);
  });

  it('says once why the run was not carried out', () => {
    const why =
      'The run ended before its plan was done: the target ws://10.0.0.7:8080/ could not be reached: ECONNREFUSED.';
    expect(verdictSentence(emptyRecord())).toBe(`${why} No rule was set.`);
    expect(interruption(emptyRecord())).toBe(why);
    expect(interruption(sampleRecord())).toBeNull();
  });
});
