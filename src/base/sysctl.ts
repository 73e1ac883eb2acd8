/**
 * What macOS tells of itself, by its programs: it has no /proc. A program that is missing, or fails, has said nothing.
 */

/** What `sysctl` prints of these names, a line each. Those that this version of the system does not have, it leaves out. */
export function readSysctl(names: readonly string[]): string {
  return said('sysctl', [...names]);
}

/** What this process and its children may open: the soft limit and the hard one, a line each. */
export function readUlimits(): string {
  return said('sh', ['-c', 'ulimit -Sn; ulimit -Hn']);
}

/** How the memory is used, in pages. */
export function readVmStat(): string {
  return said('vm_stat', []);
}

/**
 * The numbers in what `sysctl` printed, by name: with the names, and not with `-n`, since a name that is not known has
 * no line at all, and all that come after it would be taken for others.
 */
export function parseSysctl(text: string): Map<string, number> {
  return new Map(
    Array.from(text.matchAll(/^([\w.]+): (\d+)$/gm), ([, name, value]) => [name, Number(value)] as const),
  );
}

function said(program: string, args: string[]): string {
  // Loaded here, since processes of the server and the swarm read limits as well, and most of them on Linux.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  return spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).stdout ?? '';
}
