/**
 * Whom a program runs as that refuses to run as root.
 */

import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

export interface Account {
  uid: number;
  gid: number;
}

const NOBODY = 'nobody';

/**
 * An account without privileges: that of the program, if there is one, or everybody's. Null where this process has no
 * more than that itself.
 *
 * @param name what the account of the program is called
 */
export function unprivileged(name: string): Account | null {
  if (userInfo().uid !== 0) return null;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return findAccount(lines, name) ?? findAccount(lines, NOBODY);
}

function findAccount(lines: readonly string[], name: string): Account | null {
  const fields = lines.map((line) => line.split(':')).find(([account]) => account === name);
  return fields === undefined ? null : { uid: Number(fields[2]), gid: Number(fields[3]) };
}
