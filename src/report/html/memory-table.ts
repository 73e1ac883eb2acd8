/**
 * Memory at the four moments of a phase, and what it comes to for a connection.
 */

import { formatBytes, formatCount } from '../../base/units.ts';
import { MEMORY_MOMENTS, type MemorySnapshot } from '../../model/memory.ts';
import type { Memory, Phase } from '../../model/record.ts';
import { memoryInWords } from '../memory.ts';
import { NOT_MEASURED, shown } from '../value.ts';
import { type Content, html, type Markup } from './markup.ts';
import { block, facts, table } from './table.ts';

/** The table, or null where nothing was measured. */
export function memory(phase: Phase): Markup | null {
  if (phase.memory === null) return null;
  const moments = MEMORY_MOMENTS.flatMap((moment) => {
    const snapshot = phase.memory?.[moment] ?? null;
    return snapshot === null ? [] : [{ moment, snapshot }];
  });
  const head = ['', ...moments.map(({ moment }) => moment)];
  const rows = ROWS.map(([name, of]) => [name, ...moments.map(({ snapshot }) => of(snapshot))]);
  const words = memoryInWords(phase);
  return block(
    'Memory',
    html`${words === null ? null : html`<p>${words}.</p>`}${table(head, rows)}${facts(howCounted(phase.memory))}`,
  );
}

function howCounted(memory: Memory): [string, Content][] {
  return [
    ['kernel, a socket', shown(memory.kernelBytesPerSocket, formatBytes)],
    ['sockets on this machine, a connection', shown(memory.socketsPerConnection, (n) => n.toFixed(2))],
    ['processes counted by', memory.processMeasure?.toUpperCase() ?? NOT_MEASURED],
    ['kernel counted by', memory.kernelMeasure ?? NOT_MEASURED],
  ];
}

const size = (of: (snapshot: MemorySnapshot) => number | null) => (snapshot: MemorySnapshot) =>
  shown(of(snapshot), formatBytes);

const ROWS: [string, (snapshot: MemorySnapshot) => Content][] = [
  ['connections', ({ connections }) => formatCount(connections)],
  ['generator', size((snapshot) => snapshot.generatorBytes)],
  ['– heaps and stacks', size((snapshot) => snapshot.generatorAnonymousBytes)],
  ['server', size((snapshot) => snapshot.serverBytes)],
  ['– heaps and stacks', size((snapshot) => snapshot.serverAnonymousBytes)],
  ['kernel', size((snapshot) => snapshot.kernelBytes)],
  ['TCP sockets', ({ sockets }) => shown(sockets?.inuse ?? null)],
  ['sockets in TIME_WAIT', ({ sockets }) => shown(sockets?.timeWait ?? null)],
  ['available', size((snapshot) => snapshot.availableBytes)],
  ['swapped out', size((snapshot) => snapshot.swapUsedBytes)],
];
