/**
 * The embedded store: SQLite in a process of its own, that all nodes of a cluster write to. SQLite lets one write at a
 * time and waits for the disk meanwhile, so in a node it would stop the node, and in a thread of each node they would
 * wait for one another. Here all that arrived while one transaction was written is the next one.
 */

import { createServer, type Socket } from 'node:net';
import Database from 'libsql';
import { messageOf, WsscaleError } from '../../base/errors.ts';
import { readLimits } from '../../base/limits.ts';
import type { Random } from '../../base/random.ts';
import { createSplitter } from '../broker/frames.ts';
import { type Counts, createCounts } from '../counts.ts';
import type { StoreProcessOptions } from '../options.ts';
import { bind } from '../ports.ts';
import { answerFrame, MIN_BODY_BYTES, readGroup } from './frames.ts';
import type { StoredMessage } from './store.ts';

/** More than a node ever has waiting. */
const MAX_GROUP_BYTES = 64 * 1024 * 1024;

/** A transaction is on the disk when it is confirmed, and not merely handed to the system. */
const SETTINGS = ['journal_mode = WAL', 'synchronous = FULL'];

const TABLE = `CREATE TABLE IF NOT EXISTS messages
  (id TEXT PRIMARY KEY, room TEXT NOT NULL, payload BLOB NOT NULL, at_ms INTEGER NOT NULL)`;

/** A store that listens. */
export interface ListeningStore {
  port: number;
  /** Messages that were stored, and those that nodes asked it to. */
  counts: Counts;
  /** Cuts all nodes off and closes the file. Resolves when none is left. */
  close(): Promise<void>;
}

interface Group {
  from: Socket;
  messages: StoredMessage[];
}

/**
 * Starts a store in this process.
 *
 * @param random chooses the port where the options name none
 * @throws WsscaleError `TARGET` if it cannot listen, or cannot use its file
 */
export async function listenStore(options: StoreProcessOptions, random: Random): Promise<ListeningStore> {
  const counts = createCounts();
  const table = openTable(options.file);
  const sockets = new Set<Socket>();
  let waiting: Group[] = [];

  function writeAll(): void {
    const groups = waiting;
    waiting = [];
    const isStored = table.write(groups.flatMap(({ messages }) => messages));
    for (const { from, messages } of groups) {
      if (isStored) counts.sent += messages.length;
      from.write(answerFrame(isStored));
    }
  }

  function take(from: Socket, messages: StoredMessage[]): void {
    counts.received += messages.length;
    // What the event loop has still to read is of the same transaction.
    if (waiting.push({ from, messages }) === 1) setImmediate(writeAll);
  }

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const split = createSplitter(MAX_GROUP_BYTES, (body) => take(socket, readGroup(body)), MIN_BODY_BYTES);
    socket.on('data', (chunk: Buffer) => {
      if (!split(chunk)) socket.destroy();
    });
    // What ends the connection also closes it.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await bind(server, options, readLimits(), random).catch((error) => {
    table.close();
    throw error;
  });

  return {
    port,
    counts,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      if (waiting.length > 0) writeAll();
      table.close();
    },
  };
}

function openTable(file: string) {
  try {
    const database = new Database(file);
    for (const setting of SETTINGS) database.pragma(setting);
    database.exec(TABLE);
    const insert = database.prepare('INSERT INTO messages VALUES (?, ?, ?, ?)');
    const insertAll = database.transaction((messages: readonly StoredMessage[]) => {
      for (const { id, room, payload, atMs } of messages) insert.run(id, room, payload, atMs);
    });
    return {
      /** One transaction; false where it did not come about. */
      write(messages: readonly StoredMessage[]): boolean {
        try {
          insertAll(messages);
          return true;
        } catch {
          return false;
        }
      },
      close: () => database.close(),
    };
  } catch (error) {
    throw new WsscaleError('TARGET', `The store cannot use ${file}: ${messageOf(error)}`);
  }
}
