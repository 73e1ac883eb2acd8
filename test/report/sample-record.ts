/**
 * Records to report on.
 */

import { CONNECT_OBJECTIVE, DEFAULT_SEARCH } from '../../src/model/objective.ts';
import { PLAIN_SERVICE } from '../../src/model/plan.ts';
import { type RunRecord, recordSchema } from '../../src/model/record.ts';
import { clusterPhase } from './sample-cluster.ts';
import { samplePhase } from './sample-phase.ts';

/** A run of one phase: a ceiling that was found, two herds, rules of every status, findings. */
export function sampleRecord(): RunRecord {
  return recordSchema.parse({
    schemaVersion: 1,
    run: {
      id: '20261124T060312Z-ladder',
      name: 'ladder',
      startedAt: '2026-11-24T06:03:12.481Z',
      durationMs: 63_412,
      seed: 1,
      command:
        "wsscale attack --clients 2000 --ceiling --herd drop --herd kill --gate '*.ordering.missing == 0'",
      interrupted: false,
      interruptedBy: null,
    },
    host: {
      os: 'Debian GNU/Linux 13 (trixie)',
      kernel: '6.18.3',
      cpuModel: 'AMD EPYC 9R14',
      cores: 4,
      memoryBytes: 16_620_249_088,
      node: 'v20.20.2',
      wsscale: '0.1.0',
      limits: {
        nofileSoft: 20_000,
        nofileHard: 20_000,
        ephemeralPorts: [32_768, 60_999],
        somaxconn: 4096,
        tcpMaxSynBacklog: 1024,
        fileMax: null,
      },
    },
    scenario: samplePlan(),
    phases: [samplePhase()],
    findings: [
      {
        phase: 'single',
        kind: 'ceiling',
        severity: 'warning',
        title: 'The server runs out of file descriptors at 1,843 connections',
        detail: 'Raise the limit of the server process to hold more: ulimit -n 65536 before it starts.',
        evidence:
          '/proc/4711/limits: Max open files 2048; 2,048 of 2,048 in use when accept() failed with EMFILE',
      },
      {
        phase: 'single',
        kind: 'herd',
        severity: 'info',
        title: 'Clients came back in one wave after the kill',
        detail: 'The first second saw 1,204 attempts. A random first delay of 5 s would spread them.',
        evidence: 'peak 1,204 attempts/s, 3.1 attempts for each client that returned',
      },
    ],
    verdict: {
      status: 'fail',
      reasons: [],
      rules: [
        rule('single.latency.responseMs.p99 < 50ms', 25.8, 50, 'ms', 'pass'),
        rule('*.ordering.missing == 0', 3, 0, null, 'fail'),
        rule('single.ceiling.connections >= 1500', 1843, 1500, null, 'pass'),
        {
          ...rule('single.fanout.lastMs.p99 < 200ms', null, 200, 'ms', 'inconclusive'),
          reason: 'the phase has no fanout',
        },
      ],
    },
  } satisfies RunRecord);
}

/** The same and a cluster behind it, with rooms, by a plan that says so. */
export function ladderRecord(): RunRecord {
  const record = sampleRecord();
  const [single] = record.scenario.phases;
  record.scenario.phases.push({
    ...single,
    name: 'cluster',
    topology: {
      kind: 'cluster',
      ...{ engine: 'ws', nodes: 4, balancer: 'nginx', routing: 'sticky' },
      broker: { kind: 'redis', carrier: 'pubsub', url: 'redis://<redacted>@10.0.0.9:6379' },
      store: { kind: 'none' },
    },
    clients: 400,
    messages: { ...single.messages, mode: 'broadcast', rooms: 20, ratePerClientPerS: 5 },
  });
  record.phases.push(clusterPhase());
  return recordSchema.parse(record);
}

/** Exit 4: the target could not be reached, so that there is nothing but the plan and the verdict. */
export function emptyRecord(): RunRecord {
  const record = sampleRecord();
  const interruptedBy = 'the target ws://10.0.0.7:8080/ could not be reached: ECONNREFUSED';
  return {
    ...record,
    run: { ...record.run, durationMs: 2012, interrupted: true, interruptedBy },
    phases: [],
    findings: [],
    verdict: { status: 'inconclusive', reasons: [interruptedBy], rules: [] },
  };
}

function rule(text: string, observed: number | null, limit: number, unit: string | null, status: string) {
  const known = status as 'pass' | 'fail' | 'inconclusive';
  return { rule: text, observed, limit, unit, status: known, reason: null };
}

function samplePlan(): RunRecord['scenario'] {
  const herd = { shareRatio: 1, holdMs: 5000, observeMs: 12_000 };
  return {
    name: 'ladder',
    seed: 1,
    workers: 2,
    phases: [
      {
        name: 'single',
        topology: { kind: 'single', engine: 'ws' },
        transport: 'raw',
        clients: 2000,
        connectRatePerS: 500,
        handshake: { headers: {}, subprotocol: null, caFile: null, insecure: false, timeoutMs: 10_000 },
        messages: {
          mode: 'echo',
          rooms: 1,
          ratePerClientPerS: 1,
          sizeBytes: 128,
          payload: 'binary',
          arrival: 'poisson',
          lowPriorityRatio: 0,
        },
        service: PLAIN_SERVICE,
        slowReadersRatio: 0,
        movesRatioPerS: 0,
        durationMs: 18_000,
        drainMs: 5000,
        reconnect: { kind: 'full-jitter', baseMs: 1000, capMs: 30_000, firstMs: 5000, stableMs: 30_000 },
        ceiling: true,
        rateCeiling: false,
        objective: CONNECT_OBJECTIVE,
        search: DEFAULT_SEARCH,
        sweep: [],
        livenessMs: null,
        herds: [
          { trigger: 'drop', ...herd },
          { trigger: 'kill', ...herd },
        ],
        soak: null,
        faults: [],
        baseline: null,
      },
    ],
    gate: ['single.latency.responseMs.p99 < 50ms', '*.ordering.missing == 0'],
  };
}
