/** What the settings are for reads them: nginx, the kernel, systemd, kubectl. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { parseAllDocuments } from 'yaml';
import type { CapacityPlan } from '../../src/capacity/capacity-plan.ts';
import { settingsFor } from '../../src/settings/index.ts';
import { findProgram } from '../../src/topology/installed.ts';
import { missing } from '../report/tools.ts';
import { isInstalled } from '../topology/programs.ts';
import { samplePlan } from './sample-plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'wsscale-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const tls = () => {
  const plan = samplePlan();
  plan.demand.tls = true;
  return plan;
};
const manyAddresses = () => {
  const plan = samplePlan();
  plan.tiers[1].each.sourceAddresses = 4;
  return plan;
};

describe.skipIf(!isInstalled('nginx'))('nginx', () => {
  test.each([
    ['of the sample', samplePlan, 'stateless'],
    ['with sticky clients', samplePlan, 'sticky'],
    ['with several addresses', manyAddresses, 'stateless'],
    ['with TLS', tls, 'stateless'],
  ] as const)('takes the configuration %s', (_name, make, routing) => {
    const file = write('nginx.conf', settingsFor(make(), routing)['nginx.conf']);
    makeCertificate();
    expect(tryNginx(file)).toContain('test is successful');
  });

  test.each(['stateless', 'sticky'] as const)('carries messages to a node and back, %s', async (routing) => {
    const nodes = await Promise.all([startEcho(), startEcho()]);
    const socket = join(folder, `${routing}.sock`);
    const plan = smallPlan();
    // Its places are replaced, as a user does it; all else is as it was written.
    const conf = settingsFor(plan, routing)
      ['nginx.conf'].replace('10.0.1.1:8080', nodes[0].address)
      .replace('10.1.1.1:8080', nodes[1].address)
      .replace(/listen 80 backlog=(\d+) reuseport/, `listen unix:${socket} backlog=$1`);
    const nginx = await startNginx(write(`${routing}.conf`, conf));
    const client = new WebSocket(`ws+unix:${socket}:/`);
    client.on('open', () => client.send('hello'));
    const [answer] = await once(client, 'message');
    expect(String(answer)).toBe('hello');
    client.close();
    await once(client, 'close');
    nginx.kill('SIGQUIT');
    await once(nginx, 'exit');
    for (const { server } of nodes) server.close();
  });

  test('would refuse a wrong one', () => {
    const conf = settingsFor(samplePlan(), 'stateless')['nginx.conf'].replace('least_conn', 'least_con');
    expect(tryNginx(write('nginx.conf', conf))).toContain('unknown directive');
  });
});

/** Two nodes in two zones, for so few users that no limit of this machine matters. */
function smallPlan(): CapacityPlan {
  const plan = samplePlan();
  plan.demand = { ...plan.demand, users: 200, zonesPerRegion: 2 };
  plan.tiers[0] = { ...plan.tiers[0], count: 2, perRegion: 2 };
  return plan;
}

async function startEcho(): Promise<{ server: WebSocketServer; address: string }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  await once(server, 'listening');
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Resolves when its workers are there. */
async function startNginx(file: string): Promise<ChildProcess> {
  const own = `daemon off; pid ${file}.pid; error_log stderr notice;`;
  const nginx = spawn(findProgram('nginx') ?? '', ['-e', 'stderr', '-c', file, '-g', own], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    nginx.stderr.on('data', (chunk) => {
      said += chunk;
      if (said.includes('start worker process')) resolve();
    });
    nginx.on('exit', () => reject(new Error(said)));
  });
  return nginx;
}

/** Its own files go to the folder, so that it needs no rights. */
function tryNginx(file: string): string {
  const own = `pid ${folder}/nginx.pid; error_log stderr;`;
  const { stderr } = spawnSync(findProgram('nginx') ?? '', ['-t', '-e', 'stderr', '-c', file, '-g', own], {
    encoding: 'utf8',
  });
  return stderr;
}

function makeCertificate(): void {
  mkdirSync(join(folder, 'tls'), { recursive: true });
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
      ],
      ...['-subj', '/CN=test', '-keyout', join(folder, 'tls/websocket.key')],
      ...['-out', join(folder, 'tls/websocket.crt')],
    ],
    { stdio: 'ignore' },
  );
}

/** A network of its own, whose settings are no others': what belongs to the whole machine is not there. */
const inOwnNetwork = (command: string) =>
  spawnSync('unshare', ['--map-root-user', '--net', 'sh', '-c', command], { encoding: 'utf8' });

const kernelMissing = (() => {
  if (missing('unshare', '/usr/bin/unshare') !== null) return true;
  const { status } = inOwnNetwork('true');
  if (status !== 0) process.stderr.write('SKIPPED: no network of one’s own can be made here.\n');
  return status !== 0;
})();

describe.skipIf(kernelMissing)('the kernel', () => {
  const conf = settingsFor(samplePlan(), 'stateless')['sysctl.d/99-websocket.conf'];
  const settings = conf
    .split('\n')
    .filter((line) => /^net\.(core|ipv4)/.test(line))
    .map((line) => line.split(' = ') as [string, string])
    .map(([key, value]) => ({ path: `/proc/sys/${key.replaceAll('.', '/')}`, value }));
  // What TCP as a whole may have is of the machine, and is not tried on it.
  const ofNetwork = settings.filter(({ path }) => !path.endsWith('tcp_mem'));

  test('takes each value of a network, and has it then', () => {
    expect(ofNetwork.length).toBe(6);
    for (const { path, value } of ofNetwork) {
      const { stdout, stderr } = inOwnNetwork(`echo '${value}' > ${path} && cat ${path}`);
      expect([path, stdout.trim().split(/\s+/).join(' '), stderr]).toEqual([path, value, '']);
    }
  });

  test('knows those of the machine by the same names and in the same form', () => {
    const now = readFileSync('/proc/sys/net/ipv4/tcp_mem', 'utf8').trim().split(/\s+/);
    const ours = settings.find(({ path }) => path.endsWith('tcp_mem'))?.value.split(' ') ?? [];
    expect(ours).toHaveLength(now.length);
    expect(ours.map(Number)).toEqual(ours.map(Number).toSorted((a, b) => a - b));
    expect(readFileSync('/proc/sys/fs/file-max', 'utf8')).toMatch(/^\d+$/m);
  });
});

describe.skipIf(missing('systemd-analyze', '/usr/bin/systemd-analyze') !== null)('systemd', () => {
  const complaints = (dropIn: string) => {
    const unit = write('units/websocket.service', '[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n');
    write('units/websocket.service.d/limits.conf', dropIn);
    const { stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    return stderr.split('\n').filter((line) => line.includes('limits.conf'));
  };
  const dropIn = settingsFor(samplePlan(), 'stateless')['systemd/websocket.service.d/limits.conf'];

  test('has no complaint about the drop-in', () => {
    expect(complaints(dropIn)).toEqual([]);
  });

  test('would have about a wrong one', () => {
    expect(complaints(dropIn.replace('LimitNOFILE=65536', 'LimitNOFILE=many'))).toHaveLength(1);
  });
});

/** From Kubernetes 1.30 on it knows all that is written. Debian's is older, so CI may have none. */
function hasKubectl(): boolean {
  const { stdout } = spawnSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  const minor = stdout ? Number.parseInt(JSON.parse(stdout).clientVersion.minor, 10) : 0;
  if (minor < 30) process.stderr.write('SKIPPED: no kubectl of 1.30 or later is installed\n');
  return minor >= 30;
}

describe.skipIf(!hasKubectl())('kubectl', () => {
  const yaml = settingsFor(samplePlan(), 'stateless')['kubernetes/websocket.yaml'];

  /** What it understands of a deployment: a field that it does not know is not in it. */
  function understood(text: string): unknown {
    const file = write('deployment.yaml', text);
    const { stdout } = spawnSync(
      'kubectl',
      ['set', 'env', '--local', '-f', file, '-o', 'json', '-e', 'A=b'],
      {
        encoding: 'utf8',
      },
    );
    return JSON.parse(stdout);
  }

  test('understands all of the deployment', () => {
    const written = parseAllDocuments(yaml)
      .map((document) => document.toJS())
      .find(({ kind }) => kind === 'Deployment');
    expect(understood(JSON.stringify(written))).toMatchObject(written);
    written.spec.minReadySecond = 3;
    expect(understood(JSON.stringify(written))).not.toMatchObject(written);
  });
});
