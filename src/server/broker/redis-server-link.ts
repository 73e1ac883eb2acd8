/**
 * A node's way to one Redis: a connection for what is asked of it, and one on which the rooms' messages arrive. The
 * link is up while both are. Nothing waits for a connection to come back: what cannot be sent now is told to be
 * lost, so that nothing is published late and unasked.
 */

import { Redis } from 'ioredis';
import { messageOf, WsscaleError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { redactUrl } from '../../base/redact.ts';
import type { RedisCarrier } from '../../model/scenario.ts';
import type { StoreLimits } from '../options.ts';
import type { Link, LinkEvents } from './link.ts';
import { createInlet } from './redis-inlet.ts';
import { readHistoryReply, roomKeys } from './redis-messages.ts';
import { HEAD_SCRIPT, historyScript, publishScript } from './redis-scripts.ts';
import { ATTEMPTS_AT_START, retryDelayMs } from './retry.ts';

/** A room that was silent for so long is forgotten: a run leaves nothing behind in a Redis that it shares. */
const TIME_TO_LIVE_MS = 60 * 60 * 1000;

/** What one room may keep in Redis, where nobody adds all rooms up. */
const MAX_ROOM_BYTES = 4 * 1024 * 1024;

/** A stream holds more than is answered to those who come back: a node that reads late has to find it there. */
const MIN_STREAM_MESSAGES = 10_000;

/** What stands when the scripts are loaded. */
interface Session {
  runId: string;
  publish: string;
  history: string;
  /** Of streams only. */
  head: string;
}

/**
 * Connects to a Redis, and again whenever it is lost. Of a cluster, it is one of the masters.
 *
 * @throws WsscaleError `TARGET` (as a rejection) if it cannot be reached
 */
export async function connectServer(
  { url, carrier, prefix }: { url: string; carrier: RedisCarrier; prefix: string },
  limits: StoreLimits,
  random: Random,
  events: LinkEvents,
): Promise<Link> {
  const commands = new Redis(url, connectionOptions());
  const messages = new Redis(url, connectionOptions());
  const isStream = carrier === 'streams';
  const maxMessages = isStream
    ? Math.max(limits.historyMessages, MIN_STREAM_MESSAGES)
    : limits.historyMessages;
  const maxRoomBytes = isStream ? MAX_ROOM_BYTES : Math.min(limits.historyBytes, MAX_ROOM_BYTES);
  let session: Session | null = null;
  let isListening = false;
  let isUp = false;
  let wasUp = false;
  let isClosed = false;
  let problem: unknown = null;
  /** Times in a row that it was reached and answered with an error. */
  let refusals = 0;
  let onFirstRise = () => {};
  const inlet = await createInlet(carrier, {
    ...{ messages, commands, prefix, onMessage: events.onMessage },
    headOf: async (room) => String(await evaluate(session?.head ?? '', room, [])),
    onRefused(error) {
      problem = error;
      startOver();
    },
  });

  function connectionOptions() {
    return {
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      // What was not answered when the connection went is told so at once.
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt: number) =>
        wasUp || attempt < ATTEMPTS_AT_START ? retryDelayMs(attempt + refusals, random) : null,
    };
  }

  /** What a script needs, loaded anew with each connection: it may be another Redis by now. */
  async function prepare(): Promise<void> {
    try {
      const load = (script: string) => commands.script('LOAD', script) as Promise<string>;
      const [info, publish, history, head] = await Promise.all([
        commands.info('server'),
        load(publishScript(carrier)),
        load(historyScript(carrier)),
        isStream ? load(HEAD_SCRIPT) : '',
      ]);
      if (info.includes('redis_mode:cluster')) await checkCluster();
      const runId = /^run_id:(\w+)/m.exec(info)?.[1] ?? '';
      session = { runId, publish, history, head };
      rise();
    } catch (error) {
      problem = error;
      startOver();
    }
  }

  /** A master that has just begun waits until it has heard of the others. */
  async function checkCluster(): Promise<void> {
    const info = String(await commands.cluster('INFO'));
    if (!info.includes('cluster_state:ok')) throw new Error('the cluster is not whole');
  }

  /**
   * A Redis that answers with errors is left alone for a moment and asked again, from the beginning; one that was
   * never of use is given up.
   */
  function startOver(): void {
    if (isClosed || commands.status !== 'ready') return;
    refusals++;
    commands.disconnect(wasUp);
  }

  function rise(): void {
    if (session === null || !isListening || isUp || isClosed) return;
    isUp = true;
    const isFirst = !wasUp;
    wasUp = true;
    if (isFirst) onFirstRise();
    else events.onFound();
  }

  function fall(): void {
    if (!isUp) return;
    isUp = false;
    if (!isClosed) events.onLost();
  }

  function evaluate(script: string, room: string, args: (string | number | Buffer)[]): Promise<unknown> {
    const { head, kept } = roomKeys(prefix, room);
    const runId = session?.runId ?? '';
    return commands.callBuffer('EVALSHA', [script, 2, head, kept, runId, TIME_TO_LIVE_MS, ...args]);
  }

  const link: Link = {
    publish(room, payload, isBinary, told) {
      if (session === null) return told('lost');
      const { channel } = roomKeys(prefix, room);
      // A copy: the client may hold it until the socket takes it.
      const args = [channel, isBinary ? 1 : 0, Buffer.from(payload), maxMessages, maxRoomBytes];
      evaluate(session.publish, room, args).then(
        () => told('published'),
        (error: Error) => {
          if (error.message.startsWith('NOSCRIPT')) startOver();
          told('lost');
        },
      );
    },
    follow: inlet.follow,
    unfollow: inlet.unfollow,
    history(room, epoch, after, told) {
      if (session === null) return told('lost');
      evaluate(session.history, room, [epoch, after, limits.historyMessages]).then(
        (reply) => {
          refusals = 0;
          told(readHistoryReply(room, reply as Buffer[]));
        },
        () => {
          startOver();
          told('lost');
        },
      );
    },
    async close() {
      isClosed = true;
      commands.disconnect();
      messages.disconnect();
    },
  };

  for (const connection of [commands, messages]) {
    connection.on('error', (error) => {
      problem = error;
    });
  }
  commands.on('ready', () => void prepare());
  commands.on('close', () => {
    session = null;
    fall();
  });
  messages.on('ready', () => {
    inlet.begin().then(
      () => {
        isListening = true;
        rise();
      },
      (error) => {
        problem = error;
        if (messages.status === 'ready') messages.disconnect(true);
      },
    );
  });
  messages.on('close', () => {
    isListening = false;
    inlet.end();
    fall();
  });

  return new Promise((resolve, reject) => {
    onFirstRise = () => resolve(link);
    const fail = () => {
      if (wasUp) return;
      void link.close();
      reject(
        new WsscaleError('TARGET', `The Redis at ${redactUrl(url)} cannot be used: ${messageOf(problem)}.`),
      );
    };
    commands.on('end', fail);
    messages.on('end', fail);
    commands.connect().catch(() => {});
    messages.connect().catch(() => {});
  });
}
