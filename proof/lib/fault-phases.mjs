/**
 * The phases in which every fault is asked for, and where the report shows each. Faults that cannot be taken for one
 * another share a phase. What they are asked to do is drawn anew for each seed.
 */

import { countFrom, deviationMs } from './latency.mjs';
import { createRandom } from './random.mjs';

const QUANTILES = ['p50', 'p75', 'p90', 'p99'];

/** A scenario with all faults. */
export function scenarioOf(seed) {
  const random = createRandom(seed);
  const share = (least, most) => `share=${(least + (most - least) * random()).toFixed(4)}`;
  const whole = (least, most) => least + Math.floor((most - least + 1) * random());
  const ofMessages = () => [
    `drop:${share(0.002, 0.05)}`,
    `duplicate:${share(0.002, 0.05)}`,
    `reorder:${share(0.002, 0.05)},by=${whole(1, 5)},patience=400ms`,
  ];
  const rooms = { mode: 'broadcast', rooms: 2 };
  const comesBack = { reconnect: 'fixed:base=100ms' };
  return {
    name: 'faults',
    defaults: { clients: 20, connectRate: 400, rate: 20, duration: '1500ms', drain: '1s', reconnect: 'none' },
    phases: [
      { name: 'echo', faults: ofMessages() },
      { name: 'rooms', ...rooms, faults: ofMessages() },
      { name: 'epochs', ...rooms, faults: [`reset-sequence:after=${whole(4, 12)}`] },
      {
        ...{ name: 'close', ...comesBack },
        faults: [`close:${share(0.005, 0.03)},code=${whole(4000, 4999)}`],
      },
      {
        ...{ name: 'reset', ...comesBack },
        faults: [`reset:${share(0.005, 0.03)}`, `refuse:${share(0.1, 0.5)},status=${whole(500, 504)}`],
      },
      { name: 'truncate', ...comesBack, faults: [`truncate:${share(0.005, 0.03)}`] },
      { name: 'silence', faults: [`silence:${share(0.005, 0.03)}`] },
      // So few that no two messages are sent in the moment before a stall, and each stall takes all of its time from one.
      {
        name: 'stall',
        clients: 5,
        rate: 2,
        faults: [`stall:for=${whole(200, 400)}ms,every=${whole(300, 600)}ms`],
      },
      { name: 'pace', faults: [`accept-rate:perS=${whole(50, 200)}`] },
      {
        name: 'delay',
        faults: [
          `delay:by=${whole(1, 20)}ms,slow=${whole(40, 90)}ms,${share(0.05, 0.4)}`,
          `slow-accept:by=${whole(150, 400)}ms,${share(0.2, 0.8)}`,
        ],
      },
    ],
  };
}

const closes = (phase, code) => phase.closes[code]?.count ?? 0;
const parameter = (faults, name, key) => {
  const said = faults.find((fault) => fault.startsWith(`${name}:`));
  return Number.parseFloat(new RegExp(`[:,]${key}=([0-9.]+)`).exec(said)[1]);
};

/**
 * What the report shows of each fault: `shows` is the figure that must equal the server's count, or, `atLeast`, must not
 * be less. `also` is what must hold besides.
 */
export const CHECKS = [
  { fault: 'drop', phase: 'echo', where: 'ordering.missing', shows: (p) => p.ordering.missing },
  { fault: 'drop', phase: 'rooms', where: 'roomOrdering.missing', shows: (p) => p.roomOrdering.missing },
  { fault: 'duplicate', phase: 'echo', where: 'ordering.duplicates', shows: (p) => p.ordering.duplicates },
  {
    fault: 'duplicate',
    phase: 'rooms',
    where: 'roomOrdering.duplicates',
    shows: (p) => p.roomOrdering.duplicates,
  },
  {
    ...{ fault: 'reorder', phase: 'echo', where: 'ordering.reordered; maxExtent at least `by`' },
    shows: (p) => p.ordering.reordered,
    also: (p, faults) =>
      p.ordering.reordered === 0 || p.ordering.maxExtent >= parameter(faults, 'reorder', 'by'),
  },
  {
    ...{ fault: 'reorder', phase: 'rooms', where: 'roomOrdering.reordered' },
    shows: (p) => p.roomOrdering.reordered,
  },
  {
    fault: 'reset-sequence',
    phase: 'epochs',
    where: 'roomOrdering.resets',
    shows: (p) => p.roomOrdering.resets,
  },
  {
    ...{ fault: 'close', phase: 'close', where: 'closes[code].count' },
    shows: (p, faults) => closes(p, parameter(faults, 'close', 'code')),
  },
  { fault: 'reset', phase: 'reset', where: 'closes[1006].count', shows: (p) => closes(p, 1006) },
  {
    ...{ fault: 'refuse', phase: 'reset', where: 'connect.failed.HTTP_<status>' },
    shows: (p, faults) => p.connect.failed[`HTTP_${parameter(faults, 'refuse', 'status')}`] ?? 0,
  },
  { fault: 'truncate', phase: 'truncate', where: 'closes[1006].count', shows: (p) => closes(p, 1006) },
  {
    ...{ fault: 'silence', phase: 'silence', where: 'clients.unanswered; their messages are missing' },
    shows: (p) => p.clients.unanswered,
    also: (p) => p.ordering.missing >= p.server.faults.silence,
  },
  {
    ...{
      fault: 'stall',
      phase: 'stall',
      where: 'answers that took the whole stall, by latency.serviceMs: one at least for each',
    },
    shows: (p, faults) => countFrom(p.latency.serviceMs, parameter(faults, 'stall', 'for')),
    // A machine that does not let the clients run for as long looks the same.
    atLeast: true,
  },
  {
    ...{ fault: 'slow-accept', phase: 'delay', where: 'connects that took so long, by connect.latencyMs' },
    shows: (p, faults) => countFrom(p.connect.latencyMs, parameter(faults, 'slow-accept', 'by')),
  },
  {
    fault: 'accept-rate',
    phase: 'pace',
    where: 'connect.established; nobody gave up',
    shows: (p) => p.connect.established,
  },
  {
    fault: 'delay',
    phase: 'delay',
    where: 'latency.serviceMs.count',
    shows: (p) => p.latency.serviceMs.count,
  },
];

/** By how much the worst of the quantiles of the delay comes back wrong. */
export function delayDeviationMs({ latency, server }, quantiles = QUANTILES) {
  const { serviceMs } = latency;
  return Math.max(...quantiles.map((q) => deviationMs(serviceMs[q], server.imposedDelayMs[q])));
}
