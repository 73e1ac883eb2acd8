/**
 * Machines by the texts of their /proc and /sys. What Linux 6 prints was captured; the numbers are round, so that a
 * test can tell where each comes from. What a Mac prints is from its manual pages and from what people show of theirs.
 */

import type { ReadText } from '../../src/base/read-text.ts';

type Texts = Record<string, string>;

const limitsText = (
  nofile: string,
  processes: string,
) => `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max processes             ${processes.padEnd(20)} ${processes.padEnd(20)} processes 
Max open files            ${nofile} files     
`;

const statusText = (uid: number, capabilities: string) => `Name:\tnode
Uid:\t${uid}\t${uid}\t${uid}\t${uid}
CapEff:\t${capabilities}
Threads:\t11
`;

const COMMON: Texts = {
  '/proc/sys/fs/nr_open': '1048576\n',
  '/proc/sys/fs/file-max': '9223372036854775807\n',
  '/proc/sys/fs/file-nr': '1312\t0\t9223372036854775807\n',
  '/proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n',
  '/proc/sys/net/ipv4/ip_local_reserved_ports': '\n',
  '/proc/sys/net/core/somaxconn': '4096\n',
  '/proc/sys/net/ipv4/tcp_max_syn_backlog': '1024\n',
  '/proc/sys/vm/max_map_count': '65530\n',
  '/proc/sys/kernel/threads-max': '127000\n',
  '/proc/sys/kernel/pid_max': '4194304\n',
  '/proc/self/uid_map': '         0          0 4294967295\n',
  '/proc/loadavg': '0.52 0.40 0.36 2/371 12345\n',
  '/proc/meminfo': `MemTotal:       16000000 kB
MemFree:         1000000 kB
MemAvailable:   12000000 kB
SwapTotal:       2000000 kB
SwapFree:        1500000 kB
`,
};

/**
 * Debian 12 on a virtual machine, as root, with a firewall, and with ports that a service keeps for itself. Its shell has
 * 1,024 open files, but Node raises that to the hard limit as soon as it starts.
 */
export const DEBIAN_ROOT: Texts = {
  ...COMMON,
  '/proc/self/limits': limitsText('1048576              1048576             ', '62500'),
  '/proc/self/status': statusText(0, '000001ffffffffff'),
  '/proc/sys/fs/file-max': '1600000\n',
  '/proc/sys/fs/file-nr': '1312\t12\t1600000\n',
  '/proc/sys/net/ipv4/ip_local_reserved_ports': '8080,40000-40009,60990-61009\n',
  '/proc/sys/net/ipv4/tcp_mem': '186000\t248000\t372000\n',
  '/proc/net/sockstat': `sockets: used 160
TCP: inuse 12 orphan 0 tw 3 alloc 14 mem 2000
UDP: inuse 4 mem 1
`,
  '/proc/sys/net/netfilter/nf_conntrack_count': '37\n',
  '/proc/sys/net/netfilter/nf_conntrack_max': '262144\n',
  '/proc/1/cgroup': '0::/init.scope\n',
  '/proc/self/cgroup': '0::/user.slice/user-0.slice/session-3.scope\n',
  '/proc/self/mountinfo':
    '33 24 0:28 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n',
  '/sys/fs/cgroup/user.slice/memory.max': 'max\n',
  '/sys/fs/cgroup/user.slice/memory.current': '900000000\n',
  '/sys/fs/cgroup/user.slice/cpu.max': 'max 100000\n',
  '/sys/fs/cgroup/user.slice/pids.max': 'max\n',
  // What systemd gives a user, which stands above the session.
  '/sys/fs/cgroup/user.slice/user-0.slice/pids.max': '10000\n',
  '/sys/fs/cgroup/user.slice/user-0.slice/pids.current': '29\n',
};

/** A container that somebody started with `--user 1000 --memory 512m --cpus 0.5 --pids-limit 100`, Linux 6.8. */
export const CONTAINER_V2: Texts = {
  ...COMMON,
  '/.dockerenv': '',
  '/proc/self/limits': limitsText('1048576              1048576             ', 'unlimited'),
  '/proc/self/status': statusText(1000, '0000000000000000'),
  '/proc/sys/net/ipv4/tcp_syn_linear_timeouts': '4\n',
  '/proc/1/cgroup': '0::/\n',
  '/proc/self/cgroup': '0::/\n',
  '/proc/self/mountinfo':
    '744 739 0:30 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate\n',
  '/sys/fs/cgroup/memory.max': '536870912\n',
  '/sys/fs/cgroup/memory.current': '150000000\n',
  '/sys/fs/cgroup/memory.stat': 'anon 90000000\ninactive_file 50000000\nactive_file 1000000\nsock 0\n',
  '/sys/fs/cgroup/cpu.max': '50000 100000\n',
  '/sys/fs/cgroup/pids.max': '100\n',
  '/sys/fs/cgroup/pids.current': '20\n',
};

/** The same where control groups are of version 1, and the container is told its path as the host knows it. */
export const CONTAINER_V1: Texts = {
  ...COMMON,
  '/.dockerenv': '',
  '/proc/self/limits': limitsText('1048576              1048576             ', 'unlimited'),
  '/proc/self/status': statusText(0, '00000000a80425fb'),
  '/proc/self/cgroup': '9:memory:/docker/ab12\n5:cpu,cpuacct:/docker/ab12\n3:pids:/docker/ab12\n0::/\n',
  '/proc/self/mountinfo': `681 680 0:33 /docker/ab12 /sys/fs/cgroup/memory ro,relatime master:15 - cgroup cgroup rw,memory
682 680 0:34 /docker/ab12 /sys/fs/cgroup/cpu,cpuacct ro,relatime master:16 - cgroup cgroup rw,cpu,cpuacct
683 680 0:35 /docker/ab12 /sys/fs/cgroup/pids ro,relatime master:17 - cgroup cgroup rw,pids
`,
  '/sys/fs/cgroup/memory/memory.limit_in_bytes': '536870912\n',
  '/sys/fs/cgroup/memory/memory.usage_in_bytes': '150000000\n',
  '/sys/fs/cgroup/memory/memory.stat': 'inactive_file 7\ntotal_rss 1\ntotal_inactive_file 50000000\n',
  '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '150000\n',
  '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
  '/sys/fs/cgroup/pids/pids.max': 'max\n',
};

export const MAC = {
  // Node has raised the first, which a shell would say is 256.
  ulimits: '1048575\nunlimited\n',
  sysctl: `kern.maxfiles: 245760
kern.maxfilesperproc: 122880
kern.num_files: 5760
kern.maxproc: 4000
kern.maxprocperuid: 2666
kern.ipc.somaxconn: 128
net.inet.ip.portrange.first: 49152
net.inet.ip.portrange.last: 65535
hw.memsize: 17179869184
`,
  vmStat: `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               10000.
Pages active:                            300000.
Pages inactive:                           80000.
Pages speculative:                        10000.
Pages throttled:                              0.
Pages wired down:                        120000.
Pages purgeable:                           4000.
`,
};

/** A reader of these texts, and of no other. */
export const reader =
  (texts: Texts): ReadText =>
  (path) =>
    texts[path] ?? null;
