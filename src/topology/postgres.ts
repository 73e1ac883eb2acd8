/**
 * The PostgreSQL that is installed here: for this run alone, on a port of its own, in a folder that goes with it.
 */

import { chownSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WsscaleError } from '../base/errors.ts';
import { freePort } from './address.ts';
import { findProgram } from './installed.ts';
import type { Processes } from './processes.ts';
import { startSupervised } from './supervised.ts';
import { type Account, unprivileged } from './unprivileged.ts';

const HOST = '127.0.0.1';
const USER = 'wsscale';
const DATABASE = 'postgres';

/**
 * Makes a database and serves it, by one program, so that whoever ends the one ends both: $0 is the folder of the
 * programs, $1 that of the data, and the rest is for the server.
 */
const MAKE_AND_SERVE = `
bin=$0 data=$1 && shift &&
"$bin/initdb" --pgdata "$data" --username ${USER} --auth trust --encoding UTF8 --locale C --no-sync >/dev/null &&
exec "$bin/postgres" -D "$data" "$@"
`;

/** What is confirmed is on the disk, as it is by default. Nothing of it outlives the run, so there are no backups. */
const SETTINGS = {
  listen_addresses: HOST,
  // Nobody but the nodes is to find it.
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  wal_level: 'minimal',
  max_wal_senders: '0',
};

/**
 * Starts it.
 *
 * @param makeFolder makes the folder for its data
 * @returns its URL
 * @throws WsscaleError `TARGET` if it is not installed, does not start, or refuses to run as this user
 */
export async function startPostgres(processes: Processes, makeFolder: () => string): Promise<string> {
  const file = findProgram('postgres');
  if (file === null) throw new WsscaleError('TARGET', 'PostgreSQL is not installed.');
  const port = await freePort(HOST, null);
  const url = `postgres://${USER}@${HOST}:${port}/${DATABASE}`;
  const postgres = processes.start(() => {
    const account = unprivileged('postgres');
    const folder = makeFolder();
    if (account !== null) chownSync(folder, account.uid, account.gid);
    const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const script = ['-c', MAKE_AND_SERVE, dirname(file), join(folder, 'data')];
    const command = ['/bin/sh', ...script, '-p', String(port), ...settings];
    const [program, ...args] = account === null ? command : asAccount(account, command);
    return startSupervised('store', {
      ...{ role: 'postgres', name: 'PostgreSQL', file: program, args, leftovers: [folder] },
      ...{ host: HOST, port, readiness: 'postgres', url },
    });
  });
  await postgres.listening;
  return url;
}

/** PostgreSQL refuses to run as root. To change the user forgets who is to be told of the parent's death. */
function asAccount({ uid, gid }: Account, command: readonly string[]): string[] {
  const become = ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  return [...become, '--pdeathsig', 'TERM', '--', ...command];
}
