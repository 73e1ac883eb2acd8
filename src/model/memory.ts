/**
 * Memory in a record: who held how much at four moments of a phase. What was not measured is null.
 */

import { z } from 'zod';

const count = z.int().nonnegative();
const bytes = z.number().nullable();

/** The moments, in their order. */
export const MEMORY_MOMENTS = ['before', 'connected', 'settled', 'after'] as const;

const memorySnapshotSchema = z.object({
  /** From the phase's start. */
  atMs: z.number(),
  connections: count,
  /** All processes of the swarm, and all of the bundled server with what stands before and beside it. */
  generatorBytes: bytes,
  serverBytes: bytes,
  /** Of these, what stands for no file: heaps and stacks, and not the program. */
  generatorAnonymousBytes: bytes,
  serverAnonymousBytes: bytes,
  /** The slabs that `kernelMeasure` names, and what waits in the buffers of TCP. The whole machine's. */
  kernelBytes: bytes,
  /** TCP sockets of the network namespace; those that only wait for their time to be over apart. */
  sockets: z.object({ inuse: count, timeWait: count }).nullable(),
  /** Of the machine: what new programs could have before it swaps. */
  availableBytes: bytes,
  swapUsedBytes: bytes,
});

export const memorySchema = z.object({
  /** The server and the swarm are up, and nobody is connected. */
  before: memorySnapshotSchema.nullable(),
  /** The ramp or the search is over. */
  connected: memorySnapshotSchema.nullable(),
  /** Garbage was collected, and no message has been sent yet: what idle connections take. */
  settled: memorySnapshotSchema.nullable(),
  /** The swarm is gone, and the server still there. */
  after: memorySnapshotSchema.nullable(),
  /** Shared pages counted by shares (`pss`), or whole in each process (`rss`), where the system tells no better. */
  processMeasure: z.enum(['pss', 'rss']).nullable(),
  /** The objects that sockets are made of (`socket caches`), or all slabs, where only those are told. */
  kernelMeasure: z.enum(['socket caches', 'all slabs']).nullable(),
  /** From `before` to `settled`: TCP sockets of this machine for each connection, and what the kernel keeps for one. */
  socketsPerConnection: z.number().nullable(),
  kernelBytesPerSocket: bytes,
});

export type MemoryMoment = (typeof MEMORY_MOMENTS)[number];
export type MemorySnapshot = z.infer<typeof memorySnapshotSchema>;
export type Memory = z.infer<typeof memorySchema>;
