/**
 * Stores to test, one of each kind: what a node is told of it, what is in it, and what can be done to it.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import pg from 'pg';
import { createRandom, freshSeed } from '../../../src/base/random.ts';
import type { StoreOptions } from '../../../src/server/options.ts';
import { listenStore } from '../../../src/server/store/sqlite-server.ts';
import { freePort } from '../../../src/topology/address.ts';
import { findProgram } from '../../../src/topology/installed.ts';
import { endWithUs } from '../../support/end-with-us.ts';

export interface Row {
  id: string;
  room: string;
  payload: Buffer;
  atMs: number;
}

export interface StoreGround {
  options: Exclude<StoreOptions, { kind: 'none' }>;
  /** What is in it, in the order of the ids' numbers. */
  rows(): Promise<Row[]>;
  kill(): Promise<void>;
  /** Starts it again at the same address, with what it had. */
  start(): Promise<void>;
  remove(): void;
}

/** SQLite, whose process is the test's own: to kill it is to cut its nodes off between two transactions. */
export async function sqliteGround(): Promise<StoreGround> {
  const random = createRandom(freshSeed(), 'port');
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-store-'));
  const file = join(folder, 'messages.db');
  const listenOn = (port: number | null) =>
    listenStore({ role: 'store', host: '127.0.0.1', port, file }, random);
  let store = await listenOn(null);
  let isUp = true;
  const { port } = store;
  return {
    options: { kind: 'sqlite', host: '127.0.0.1', port, run: 'test' },
    async rows() {
      const database = new Database(file, { readonly: true });
      const rows = database.prepare('SELECT id, room, payload, at_ms AS atMs FROM messages').all() as Row[];
      database.close();
      return rows.sort(byNumber);
    },
    async kill() {
      if (isUp) await store.close();
      isUp = false;
    },
    async start() {
      store = await listenOn(port);
      isUp = true;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const POSTGRES = findProgram('postgres');
const isRoot = process.getuid?.() === 0;

/** A PostgreSQL of its own, with its data in a folder of its own. */
export async function postgresGround(): Promise<StoreGround> {
  if (POSTGRES === null) throw new Error('PostgreSQL is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-postgres-'));
  chmodSync(folder, 0o777);
  const data = join(folder, 'data');
  const port = await freePort('127.0.0.1', null);
  const account = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  const initdb = join(dirname(POSTGRES), 'initdb');
  const how = ['-D', data, '-U', 'tester', '-A', 'trust', '--no-sync'];
  execFileSync(initdb, how, { ...account, stdio: 'ignore', cwd: folder });
  const url = `postgres://tester:secret@127.0.0.1:${port}/postgres`;
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    const settings = ['-p', String(port), '-h', '127.0.0.1', '-c', 'unix_socket_directories='];
    const started: ChildProcess = spawn(POSTGRES ?? '', ['-D', data, ...settings], {
      ...account,
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: folder,
    });
    child = started;
    endWithUs(started);
    let log = '';
    started.stderr?.on('data', (text) => {
      log += text;
    });
    while (!(await accepts(port))) {
      if (started.exitCode !== null) throw new Error(`PostgreSQL did not start:\n${log}`);
    }
  }

  await start();
  return {
    options: { kind: 'postgres', url, run: 'test' },
    async rows() {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const columns = 'id, room, payload, extract(epoch from at)::float8 * 1000 AS "atMs"';
      // A store that nobody has come to yet has no table.
      const known = await client.query("SELECT to_regclass('wsscale_messages') AS name");
      const all = `SELECT ${columns} FROM wsscale_messages`;
      const rows = known.rows[0].name === null ? [] : (await client.query(all)).rows;
      await client.end();
      return (rows as Row[]).sort(byNumber);
    },
    async kill() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      // SIGQUIT is what it calls an immediate shutdown: no checkpoint, and the log is replayed when it comes back.
      child.kill('SIGQUIT');
      await ended;
    },
    start,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

function idOf(which: '-u' | '-g'): number {
  return Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
}

async function accepts(port: number): Promise<boolean> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'tester', database: 'postgres' });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

function byNumber(a: Row, b: Row): number {
  return numberOf(a) - numberOf(b);
}

function numberOf({ id }: Row): number {
  return Number(id.slice(id.lastIndexOf('-') + 1));
}
