/**
 * What lifts each limit of a Mac. It reads no file of settings when it starts; what is to last is a command that
 * launchd runs then.
 */

import type { Readings } from '../readings.ts';
import type { LimitKey } from '../table.ts';
import { moreAddresses } from './ports.ts';
import { advice, command, file, type Remedy } from './remedy.ts';

const PER_PROCESS = 524_288;
const FILES = 1_048_576;
const MORE_FILES = `kern.maxfiles=${FILES} kern.maxfilesperproc=${PER_PROCESS}`;

export const ON_MACOS: Record<LimitKey, (readings: Readings) => Remedy[]> = {
  openFiles: ({ limits: { nofileSoft, nofileHard } }) => [
    ...(nofileSoft !== null && nofileHard !== null && nofileSoft < nofileHard
      ? [command('without root', `ulimit -n ${nofileHard}`)]
      : []),
    advice('without root', 'more processes: the generator takes as many as it needs'),
    command('root, now', `sudo sysctl -w ${MORE_FILES}`),
    command('root, now', `sudo launchctl limit maxfiles ${PER_PROCESS} ${FILES}`),
    atStart('maxfiles', `sysctl -w ${MORE_FILES}; launchctl limit maxfiles ${PER_PROCESS} ${FILES}`),
  ],
  fileTable: () => sysctl('kern.maxfiles', FILES),
  ports: (readings) => [moreAddresses(readings), ...sysctl('net.inet.ip.portrange.first', 1024)],
  memory: () => [advice('without root', 'fewer connections here, and the rest on other machines')],
  tasks: () => [...sysctl('kern.maxproc', 8000), ...sysctl('kern.maxprocperuid', 6000)],
  acceptQueue: () => sysctl('kern.ipc.somaxconn', 1024),
  conntrack: () => [],
  tcpBuffers: () => [],
  synQueue: () => [],
  mappings: () => [],
  cpu: () => [],
  swap: () => [],
};

function sysctl(name: string, value: number): Remedy[] {
  const setting = `${name}=${value}`;
  return [command('root, now', `sudo sysctl -w ${setting}`), atStart(name, `sysctl -w ${setting}`)];
}

/** A daemon that does this once, whenever the machine starts. */
function atStart(name: string, script: string): Remedy {
  const label = `wsscale.${name}`;
  return file(
    'root, for good',
    `/Library/LaunchDaemons/${label}.plist`,
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<plist version="1.0"><dict>',
      `<key>Label</key><string>${label}</string>`,
      '<key>ProgramArguments</key><array><string>/bin/sh</string><string>-c</string>',
      `<string>${script}</string></array>`,
      '<key>RunAtLoad</key><true/></dict></plist>',
    ].join('\n'),
  );
}
