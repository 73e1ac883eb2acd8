/**
 * A node's connection to a PostgreSQL. A group is one statement, and so one transaction.
 */

import pg from 'pg';
import { messageOf, WsscaleError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { redactUrl } from '../../base/redact.ts';
import { ATTEMPTS_AT_START, retryDelayMs } from '../broker/retry.ts';
import type { StoreLink } from './store.ts';

const CONNECT_TIMEOUT_MS = 2_000;
/** A store that takes longer for a group is as good as lost. */
const WRITE_TIMEOUT_MS = 10_000;

/** Nodes that begin together may create the table together, which PostgreSQL refuses without the lock. */
const CREATE = `
BEGIN;
SELECT pg_advisory_xact_lock(724368);
CREATE TABLE IF NOT EXISTS wsscale_messages
  (id text PRIMARY KEY, room text NOT NULL, payload bytea NOT NULL, at timestamptz NOT NULL);
COMMIT`;

const INSERT = {
  name: 'wsscale-insert',
  text: `INSERT INTO wsscale_messages
    SELECT id, room, payload, to_timestamp(at_ms / 1000)
    FROM unnest($1::text[], $2::text[], $3::bytea[], $4::float8[]) AS m (id, room, payload, at_ms)`,
};

/**
 * Connects to the store, and again whenever it is lost.
 *
 * @throws WsscaleError `TARGET` (as a rejection) if it cannot be used
 */
export async function connectPostgres({ url }: { url: string }, random: Random): Promise<StoreLink> {
  let client: pg.Client | null = null;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  async function open(): Promise<void> {
    const opening = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: WRITE_TIMEOUT_MS,
      application_name: 'wsscale',
    });
    // What is under way is rejected; that it went is seen by `end`.
    opening.on('error', () => {});
    try {
      await opening.connect();
      await opening.query(CREATE);
    } catch (error) {
      void opening.end().catch(() => {});
      throw error;
    }
    if (isClosed) return opening.end();
    client = opening;
    opening.on('end', () => lose(opening));
  }

  function lose(lost: pg.Client): void {
    if (client !== lost) return;
    client = null;
    if (!isClosed) reopen(1);
  }

  function reopen(attempt: number): void {
    timer = setTimeout(
      () => {
        open().catch(() => {
          if (!isClosed) reopen(attempt + 1);
        });
      },
      retryDelayMs(attempt, random),
    );
  }

  for (let attempt = 1; client === null; attempt++) {
    try {
      await open();
    } catch (error) {
      if (attempt === ATTEMPTS_AT_START) {
        const where = `The PostgreSQL at ${redactUrl(url)}`;
        throw new WsscaleError('TARGET', `${where} cannot be used: ${messageOf(error)}.`);
      }
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs(attempt, random)));
    }
  }

  return {
    get isLost() {
      return client === null;
    },
    async write(messages) {
      const writer = client;
      if (writer === null) throw new Error('the store is out of reach');
      const values = [
        messages.map(({ id }) => id),
        messages.map(({ room }) => room),
        messages.map(({ payload }) => payload),
        messages.map(({ atMs }) => atMs),
      ];
      try {
        await writer.query({ ...INSERT, values });
      } catch (error) {
        // Whatever was wrong, another connection is a new beginning.
        lose(writer);
        void writer.end().catch(() => {});
        throw error;
      }
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}
