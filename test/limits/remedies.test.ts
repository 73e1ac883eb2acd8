import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Readings } from '../../src/limits/readings.ts';
import { commandFor, remediesOf } from '../../src/limits/remedies/index.ts';
import { openFilesCommand } from '../../src/limits/remedies/open-files.ts';
import type { Remedy, Whose } from '../../src/limits/remedies/remedy.ts';
import { LIMIT_KEYS, type LimitKey } from '../../src/limits/table.ts';
import { readings } from '../support/readings.ts';

type More = Parameters<typeof readings>[0];

const ROOT = { isRoot: true, mayRaiseOpenFiles: true, mayWriteSysctl: true, isAboveFileMax: true };
const POWERLESS_ROOT = { isRoot: true };

/** What a remedy says, in one text. */
function textOf(remedy: Remedy): string {
  switch (remedy.kind) {
    case 'advice':
      return remedy.text;
    case 'command':
      return remedy.command;
    case 'file':
      return `${remedy.path}: ${remedy.text}`;
  }
}

const said = (limit: LimitKey, more: More, by: Whose) =>
  remediesOf(limit, readings(more))
    .filter((remedy) => remedy.by === by)
    .map(textOf);

describe('open files', () => {
  test.each<[string, More, number, string | null]>([
    [
      'are raised by anybody up to the hard limit',
      { limits: { nofileSoft: 1024 } },
      20_000,
      'ulimit -n 20000',
    ],
    ['by root beyond', { rights: ROOT }, 20_001, 'ulimit -n 20001'],
    [
      'and beyond what the kernel allows, by telling it first',
      { rights: ROOT, nofileMax: 30_000 },
      30_001,
      'sysctl -w fs.nr_open=30001 && ulimit -n 30001',
    ],
    ['by others with the help of root', {}, 20_001, 'sudo prlimit --pid $$ --nofile=20001:20001'],
    [
      'which tells the kernel first, too',
      { nofileMax: 20_000 },
      20_001,
      'sudo sysctl -w fs.nr_open=20001 && sudo prlimit --pid $$ --nofile=20001:20001',
    ],
    [
      'in a container by whoever starts it',
      { container: 'docker' },
      20_001,
      'docker run --ulimit nofile=20001:20001 …',
    ],
    ['or podman', { container: 'podman' }, 20_001, 'podman run --ulimit nofile=20001:20001 …'],
    [
      'but for a container that has the right',
      { container: 'docker', rights: ROOT },
      20_001,
      'ulimit -n 20001',
    ],
    ['in a pod by nobody', { container: 'kubernetes' }, 20_001, null],
    ['nor by a root that has not its rights', { rights: POWERLESS_ROOT }, 20_001, null],
  ])('%s', (_sentence, more, wanted, command) => {
    expect(openFilesCommand(readings(more), wanted)).toBe(command);
  });

  test('for good are a file for those who log in, and one for a service', () => {
    expect(said('openFiles', {}, 'root, for good')).toEqual([
      '/etc/security/limits.d/90-websocket.conf: * - nofile 1048576',
    ]);
    expect(said('openFiles', {}, 'a service')).toEqual([
      '/etc/systemd/system/<service>.service.d/limits.conf: [Service]\nLimitNOFILE=1048576',
    ]);
  });

  test('of root itself need a line of their own', () => {
    const [text] = said('openFiles', { rights: ROOT }, 'root, for good');
    expect(text).toContain('* - nofile 1048576\nroot - nofile 1048576');
  });

  test('of a service are never more than the kernel allows without the kernel being told', () => {
    const text = said('openFiles', { nofileMax: 65_536 }, 'root, for good').join('\n');
    expect(text).toContain('fs.nr_open = 1048576');
  });

  test('that cannot be raised are said to be so, and what to do instead comes first', () => {
    const remedies = remediesOf('openFiles', readings({ container: 'docker', rights: POWERLESS_ROOT }));
    expect(remedies.map(({ by }) => by)).toEqual(['without root', 'root, now', 'a container']);
    expect(textOf(remedies[0])).toMatch(/^more processes, each of which holds 19,800/);
    expect(textOf(remedies[1])).toBe('it cannot be raised from in here: CAP_SYS_RESOURCE is missing');
  });

  test('of a pod are those of its node', () => {
    expect(said('openFiles', { container: 'kubernetes' }, 'a container').join()).toContain(
      'containerd.service.d/limits.conf',
    );
  });
});

describe('settings of the kernel', () => {
  test('are written by root now, and for good in a file', () => {
    expect(said('fileTable', {}, 'root, now')).toEqual(['sudo sysctl -w fs.file-max=4194304']);
    expect(said('fileTable', {}, 'root, for good')).toEqual([
      '/etc/sysctl.d/90-websocket.conf: fs.file-max = 4194304',
    ]);
    expect(said('fileTable', { rights: ROOT }, 'root, now')).toEqual(['sysctl -w fs.file-max=4194304']);
  });

  test('of the network are those that a container is started with, or, where it may, writes itself', () => {
    expect(
      remediesOf('acceptQueue', readings({ container: 'docker' }))
        .map(textOf)
        .slice(1),
    ).toEqual(['docker run --sysctl net.core.somaxconn=65535 …']);
    expect(said('acceptQueue', { container: 'docker', rights: ROOT }, 'root, now')).toEqual([
      'sysctl -w net.core.somaxconn=65535',
    ]);
  });

  test('of the machine are those of the host', () => {
    expect(remediesOf('fileTable', readings({ container: 'docker' })).map(textOf)).toEqual([
      'sudo sysctl -w fs.file-max=4194304   # on the host',
      'on the host: /etc/sysctl.d/90-websocket.conf: fs.file-max = 4194304',
    ]);
  });

  test('of a pod stand in its specification, and most have to be allowed', () => {
    expect(said('ports', { container: 'kubernetes' }, 'a container')).toEqual([
      'the pod: spec.securityContext.sysctls: - {name: net.ipv4.ip_local_port_range, value: "1024 65535"}',
    ]);
    expect(said('acceptQueue', { container: 'kubernetes' }, 'a container').join()).toContain(
      'kubelet --allowed-unsafe-sysctls=net.core.somaxconn',
    );
  });

  test.runIf(process.platform === 'linux')('are ones that Linux has', () => {
    const names = LIMIT_KEYS.flatMap((limit) =>
      (['threads-max', 'pid_max'] as const).flatMap((name) =>
        remediesOf(limit, readings({ tasks: [{ name, counts: 'threads', max: 1, used: 0 }] })),
      ),
    ).flatMap((remedy) => textOf(remedy).match(/(?<=sysctl -w )[\w.-]+/g) ?? []);
    // The firewall's are there if it is, and those of the network as a whole in the first network only.
    const known = [...new Set(names)].filter((name) => !/conntrack|tcp_mem/.test(name));
    expect(known).toContain('kernel.pid_max');
    expect(known.length).toBeGreaterThan(6);
    expect(known.filter((name) => !existsSync(`/proc/sys/${name.replaceAll('.', '/')}`))).toEqual([]);
  });
});

describe('what a control group limits', () => {
  const tasks = (name: Readings['tasks'][number]['name']): More => ({
    tasks: [{ name, counts: 'threads', max: 10, used: 0 }],
  });
  const group = { maxBytes: 1000, usedBytes: 0 };

  test.each<[LimitKey, More, Whose, string]>([
    ['memory', { container: 'docker', memory: { group } }, 'a container', 'docker run --memory <more> …'],
    [
      'memory',
      { container: 'kubernetes', memory: { group } },
      'a container',
      'resources.limits: memory: <more>',
    ],
    ['memory', { memory: { group } }, 'a service', 'MemoryMax=infinity'],
    ['tasks', { ...tasks('pids.max'), container: 'podman' }, 'a container', 'podman run --pids-limit -1 …'],
    ['tasks', { ...tasks('pids.max'), container: 'kubernetes' }, 'a container', 'podPidsLimit: -1'],
    ['tasks', tasks('pids.max'), 'a service', 'TasksMax=infinity'],
    ['tasks', tasks('nproc'), 'root, for good', '* - nproc unlimited'],
    ['tasks', tasks('threads-max'), 'root, now', 'kernel.threads-max='],
    [
      'cpu',
      { cpu: { cores: 4, quotaCores: 0.5 }, container: 'docker' },
      'a container',
      'docker run --cpus 4 …',
    ],
    ['cpu', { cpu: { cores: 4, quotaCores: 0.5 }, container: 'kubernetes' }, 'a container', 'cpu: "4"'],
    ['cpu', { cpu: { cores: 4, quotaCores: 0.5 } }, 'a service', 'CPUQuota='],
  ])('%s', (limit, more, by, text) => {
    expect(said(limit, more, by).join('\n')).toContain(text);
  });

  test('is no matter where the machine has less', () => {
    const more: More = { container: 'docker', memory: { availableBytes: 10, group } };
    expect(said('memory', more, 'a container')).toEqual([]);
  });

  test('is nothing to lift where there is no quota', () => {
    expect(remediesOf('cpu', readings())).toEqual([]);
  });
});

describe('a Mac', () => {
  const mac: More = { platform: 'macos', limits: { nofileSoft: 256, nofileHard: 122_880 } };

  test('has its own commands', () => {
    expect(said('openFiles', mac, 'without root')[0]).toBe('ulimit -n 122880');
    expect(said('openFiles', mac, 'root, now')).toEqual([
      'sudo sysctl -w kern.maxfiles=1048576 kern.maxfilesperproc=524288',
      'sudo launchctl limit maxfiles 524288 1048576',
    ]);
    expect(commandFor('ports', readings(mac))).toBe('sudo sysctl -w net.inet.ip.portrange.first=1024');
    expect(commandFor('acceptQueue', readings(mac))).toBe('sudo sysctl -w kern.ipc.somaxconn=1024');
  });

  test('does for good what launchd does when it starts', () => {
    const [text] = said('openFiles', mac, 'root, for good');
    expect(text).toMatch(/^\/Library\/LaunchDaemons\/.*plist: <\?xml/);
    expect(text).toContain('launchctl limit maxfiles 524288 1048576');
  });
});

test('what needs no root comes first, wherever it is', () => {
  const machines = [readings(), readings({ container: 'docker' }), readings({ platform: 'macos' })];
  for (const machine of machines) {
    for (const limit of LIMIT_KEYS) {
      const whose = remediesOf(limit, machine).map(({ by }) => by);
      expect(whose).toEqual([
        ...whose.filter((by) => by === 'without root'),
        ...whose.filter((by) => by !== 'without root'),
      ]);
    }
  }
});

test('of another system, nobody says what would help', () => {
  expect(LIMIT_KEYS.flatMap((limit) => remediesOf(limit, readings({ platform: 'other' })))).toEqual([]);
});
