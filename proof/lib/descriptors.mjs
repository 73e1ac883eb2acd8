/** Counts, from outside, what a process has open for nothing. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Descriptors of /dev/null that the node has which this process started. */
export function openForNothing() {
  const node = childrenOf(process.pid).find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('wsscale-node'),
  );
  return readdirSync(`/proc/${node}/fd`).filter((fd) => targetOf(node, fd) === '/dev/null').length;
}

function childrenOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

function targetOf(pid, fd) {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    // Closed meanwhile.
    return null;
  }
}
