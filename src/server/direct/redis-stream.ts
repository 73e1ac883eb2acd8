/**
 * A node's way to the stream of a Redis. A lane is a Redis Stream:
 *
 *     <prefix>stream:<lane>    each entry has one field, `e`
 *
 * A lane has one consumer group, so that Redis keeps account of what was read and is not acknowledged. A node that
 * comes takes over what nodes before it left so (XAUTOCLAIM), and then reads what is new. What is acknowledged is
 * deleted, so that the length of a lane is what is still to be done, and can be bounded without losing anything.
 */

import { Redis, ReplyError } from 'ioredis';
import type { Random } from '../../base/random.ts';
import { retryDelayMs } from '../broker/retry.ts';
import type { Append, LaneLimits, Stream, StreamEvents } from './stream.ts';

const GROUP = 'nodes';
const CONSUMER = 'node';
const AT_ONCE = 500;
/** A read that finds nothing comes back after so long, and is begun again. */
const BLOCK_MS = 5_000;
/** A run leaves nothing behind in a Redis that it shares. */
const TIME_TO_LIVE_MS = 60 * 60 * 1000;

/** Arguments: the most entries, milliseconds to live, entry. 0: the lane is full. */
const APPEND_SCRIPT = `
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('XADD', KEYS[1], '*', 'e', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;

/** `[id, [field, value]]`, as Redis answers; null in place of an entry that was deleted meanwhile. */
type Row = [id: Buffer, fields: Buffer[] | null] | null;

/** @param lane to be read; null: none */
export function openRedisStream(
  { url, prefix }: { url: string; prefix: string },
  lane: number | null,
  limits: LaneLimits,
  random: Random,
  events: StreamEvents,
): Stream {
  const keyOf = (of: number) => `${prefix}stream:${of}`;
  const commands = new Redis(url, connectionOptions());
  /** A connection that waits for entries can do nothing else meanwhile. */
  const reads = lane === null ? null : new Redis(url, connectionOptions());
  let script: string | null = null;
  let isReading = reads === null;
  let isUp = false;
  let isClosed = false;

  function connectionOptions() {
    return {
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      // What was not answered when the connection went is told so at once.
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt: number) => retryDelayMs(attempt, random),
    };
  }

  function rise(): void {
    if (script === null || !isReading || isUp || isClosed) return;
    isUp = true;
    events.onFound();
  }

  function fall(): void {
    if (!isUp) return;
    isUp = false;
    if (!isClosed) events.onLost();
  }

  async function prepare(): Promise<void> {
    try {
      script = (await commands.script('LOAD', APPEND_SCRIPT)) as string;
      rise();
    } catch {
      commands.disconnect(!isClosed);
    }
  }

  async function read(from: Redis, key: string): Promise<void> {
    try {
      await from.xgroup('CREATE', key, GROUP, '0', 'MKSTREAM').catch(unlessThere);
      isReading = true;
      rise();
      await claim(from, key);
      while (!isClosed) {
        const answer = await from.xreadgroupBuffer(
          ...(['GROUP', GROUP, CONSUMER, 'COUNT', AT_ONCE, 'BLOCK', BLOCK_MS] as const),
          ...(['STREAMS', key, '>'] as const),
        );
        for (const [, rows] of (answer ?? []) as [Buffer, Row[]][]) hand(key, rows);
      }
    } catch (error) {
      // The connection has gone, or Redis has forgotten the lane: both are begun anew.
      if (from.status === 'ready' && !(error instanceof ReplyError)) throw error;
      from.disconnect(!isClosed);
    }
  }

  /** What was read and never acknowledged: by this node before it lost the connection, or by one before it. */
  async function claim(from: Redis, key: string): Promise<void> {
    let start = '0-0';
    do {
      const answer = await from.callBuffer(
        ...(['XAUTOCLAIM', key, GROUP, CONSUMER, 0, start, 'COUNT', AT_ONCE] as const),
      );
      const [next, rows] = answer as [Buffer, Row[]];
      hand(key, rows);
      start = next.toString('latin1');
    } while (start !== '0-0');
  }

  function hand(key: string, rows: readonly Row[]): void {
    for (const row of rows) {
      if (row === null || row[1] === null) continue;
      const [id, [, body]] = row;
      events.onEntry(body, () => {
        if (!isUp) return;
        commands.xack(key, GROUP, id).catch(() => {});
        commands.xdel(key, id).catch(() => {});
      });
    }
  }

  commands.on('error', () => {});
  commands.on('ready', () => void prepare());
  commands.on('close', () => {
    script = null;
    fall();
  });
  if (reads !== null && lane !== null) {
    reads.on('error', () => {});
    reads.on('ready', () => void read(reads, keyOf(lane)));
    reads.on('close', () => {
      isReading = false;
      fall();
    });
    reads.connect().catch(() => {});
  }
  commands.connect().catch(() => {});

  return {
    append(to, body, told) {
      if (!isUp || script === null) return told('lost');
      commands.evalsha(script, 1, keyOf(to), limits.entries, TIME_TO_LIVE_MS, body).then(
        (isAppended) => told((isAppended === 1 ? 'appended' : 'full') satisfies Append),
        () => {
          // A Redis that answers with errors may have forgotten the script: it is begun anew.
          commands.disconnect(!isClosed);
          told('lost');
        },
      );
    },
    async close() {
      isClosed = true;
      commands.disconnect();
      reads?.disconnect();
    },
  };
}

function unlessThere(error: Error): void {
  if (!error.message.startsWith('BUSYGROUP')) throw error;
}
