/**
 * What the doctor says, held against what happens: the limits are set by the shell, as a user's are, and then met.
 */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { RESERVED_DESCRIPTORS } from '../../src/base/limits.ts';
import type { Answer } from '../../src/limits/answers.ts';
import { readRecordOf, scratch } from './cli.ts';
import { inShell } from './shell.ts';

const BIN = fileURLToPath(new URL('../../bin/wsscale.js', import.meta.url));
const NODE = JSON.stringify(process.execPath);
const NOFILE = 300;

/** The doctor's document, after these commands of the shell. */
async function doctorAfter(commands: string) {
  const { status, stdout, stderr } = await inShell(`${commands}; exec ${NODE} ${BIN} doctor --json`);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

const connectionsOf = (answers: Answer[], asked: Answer['question']) =>
  answers.find(({ question }) => question === asked)?.first?.connections;

/**
 * Connects until it may not, and says how many it has, and what else it has open: one descriptor less than are listed,
 * which is of the list itself. With the first socket, libuv opens one for the day when there are none left.
 */
const CONNECT_ALL = `
const { readdirSync } = require('node:fs');
const { connect } = require('node:net');
const sockets = [];
let others = 0;
const next = () => {
  const socket = connect(Number(process.argv[1]), '127.0.0.1');
  socket.once('connect', () => {
    sockets.push(socket);
    if (sockets.length === 1) others = readdirSync('/proc/self/fd').length - 1 - sockets.length;
    next();
  });
  socket.once('error', ({ code }) => {
    console.log(JSON.stringify({ code, others, reached: sockets.length }));
    process.exit();
  });
};
next();
`;

describe.runIf(process.platform === 'linux')('open files', () => {
  test('are as many as the doctor reads, less those that a process has without any connection', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { stdout } = await inShell(`ulimit -n ${NOFILE}; exec ${NODE} -e "$0" ${port}`, CONNECT_ALL);
    server.close();
    const { code, others, reached } = JSON.parse(stdout);
    expect(code).toBe('EMFILE');
    expect(reached).toBe(NOFILE - others);
    // What is kept back is enough, and the doctor's number is never more than what there is.
    expect(others).toBeLessThan(RESERVED_DESCRIPTORS);
    const { answers, limits } = await doctorAfter(`ulimit -n ${NOFILE}`);
    expect(limits[0].value).toBe(`${NOFILE} soft, ${NOFILE} hard`);
    expect(connectionsOf(answers, 'acceptInOne')).toBe(NOFILE - RESERVED_DESCRIPTORS);
  });

  const attack = (folder: string, scenario: string) => {
    const file = join(folder, 's.yaml');
    writeFileSync(file, scenario);
    const args = `--workers 1 --seed 1 --quiet --out ${folder}/out`;
    return inShell(`ulimit -n ${NOFILE}; exec ${NODE} ${BIN} attack ${file} ${args}`);
  };

  test('let one process of the server accept exactly what the doctor says, and attack warns of it', async () => {
    const { answers } = await doctorAfter(`ulimit -n ${NOFILE}`);
    const folder = scratch();
    const run = await attack(
      folder,
      'phases: [{clients: 150, connectRate: 150, rate: 0, duration: 1s, reconnect: none}]',
    );
    expect(run.stderr).toMatch(/warning: single: .* can hold 100 of 150 clients/);
    const [{ clients, connect }] = readRecordOf(join(folder, 'out')).phases;
    expect(clients.peak).toBe(100);
    expect(clients.peak).toBe(connectionsOf(answers, 'acceptInOne'));
    expect(connect.failed).toEqual({ HTTP_503: 50 });
  });

  test('are no limit to more processes, which is what the doctor offers', async () => {
    const folder = scratch();
    const run = await attack(
      folder,
      'phases: [{topology: cluster, nodes: 2, balancer: none, broker: none, clients: 200, connectRate: 200, rate: 0, duration: 1s}]',
    );
    expect(run.stderr).not.toContain('can hold');
    const [{ clients, connect }] = readRecordOf(join(folder, 'out')).phases;
    expect(clients.peak).toBe(200);
    expect(connect.failed).toEqual({});
  });
});

/** Connects to a server at a port that is none of those that are given out, until there are no more of these. */
const CONNECT_TO_ONE = `
const { connect, createServer } = require("node:net");
const sockets = [];
const next = () => {
  const socket = connect(8080, "127.0.0.1");
  socket.once("connect", () => { sockets.push(socket); next(); });
  socket.once("error", ({ code }) => {
    console.log(JSON.stringify({ code, reached: sockets.length }));
    process.exit();
  });
};
createServer().listen(8080, "127.0.0.1", next);
`;

const quoted = (script: string) => `'${script}'`;

/** A network of one's own takes root, or a system that lets anybody have one. */
function mayHaveNetwork(): boolean {
  if (process.platform !== 'linux') return false;
  const { status } = spawnSync('unshare', ['-n', 'sysctl', '-w', 'net.core.somaxconn=4096']);
  if (status === 0) return true;
  process.stderr.write(
    'SKIPPED: a network of its own may not be had; what the doctor says is not typed there.\n',
  );
  return false;
}

describe.runIf(mayHaveNetwork())('in a network of its own', () => {
  test('one address has as many ports for another as the doctor says, those that are reserved left out', async () => {
    const { status, stdout, stderr } = await inShell(
      'exec unshare -n sh -c "$0" >&1',
      [
        'ip link set lo up',
        'sysctl -w net.ipv4.ip_local_port_range="40000 40099" net.ipv4.ip_local_reserved_ports=40010-40019 >&2',
        `echo ${quoted(CONNECT_TO_ONE)} | ${NODE} -`,
        `exec ${NODE} ${BIN} doctor --json`,
      ].join(' && '),
    );
    expect(status, stderr).toBe(0);
    const [reached, ...document] = stdout.split('\n');
    expect(JSON.parse(reached)).toEqual({ code: 'EADDRNOTAVAIL', reached: 90 });
    const { answers } = JSON.parse(document.join('\n'));
    expect(answers[0]).toMatchObject({ question: 'openToOne', first: { limit: 'ports', connections: 90 } });
  });

  test('the command that the doctor gives for ports gives as many as it says then', async () => {
    const before = await doctorAfter('true');
    const { remedies } = before.limits.find(({ limit }: { limit: string }) => limit === 'ports');
    const { command } = remedies.find(({ by }: { by: string }) => by === 'root, now');
    const { status, stdout, stderr } = await inShell(
      `exec unshare -n sh -c "$0" >&1`,
      `${command} >&2 && exec ${NODE} ${BIN} doctor --json`,
    );
    expect(status, stderr).toBe(0);
    const { answers, addressesForAMillion } = JSON.parse(stdout);
    expect(connectionsOf(answers, 'openToOne')).toBe(65_535 - 1024 + 1);
    expect(addressesForAMillion).toBe(16);
  });
});
