/**
 * The process of a supervisor. It is forked by a topology, told its program in its one argument, and ends with its
 * channel as all parts do, but not before its program has.
 */

import { systemClock } from '../../base/clock.ts';
import type { FromPart, ToPart } from '../messages.ts';
import { settleFromOutside } from '../outside.ts';
import { connectionsAt, processTree, usageOf } from './proc.ts';
import type { ProgramOptions } from './program.ts';
import { removeLeftovers, supervise } from './supervise.ts';

process.title = 'wsscale-supervisor';

const options: ProgramOptions = JSON.parse(process.argv[2]);

// What these mean is for the parent to say.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('SIGHUP', () => {});

// The parent may have gone before this file was loaded, or never have been there.
if (!process.connected) {
  removeLeftovers(options);
  process.exit(0);
}

const program = supervise(options);
let isStopping = false;

process.on('disconnect', stop);
process.on('message', (message: ToPart) => {
  switch (message.type) {
    case 'sample':
      return tell({ type: 'sample', id: message.id, sample: sample() });
    case 'settle':
      return void settleFromOutside(options.role, program.pid, systemClock).then((process) =>
        tell({ type: 'settled', id: message.id, process }),
      );
    case 'reload':
      return void program.reload().then(() => tell({ type: 'done', id: message.id }));
    case 'interrupt':
      isStopping = true;
      return void program.interrupt(message.signal).then(() => process.exit(0));
    case 'stop':
      stop();
  }
});

const url = await program.ready();
if (url !== null) tell({ type: 'listening', url, port: options.port, atMs: systemClock.nowMs() });
const { exitCode, signal, lastWords } = await program.ended;
if (isStopping) process.exit(0);
if (url !== null) {
  tell({ type: 'ended', pid: program.pid, exitCode, signal, lastWords }, () => process.exit(1));
} else {
  const how = signal ?? `exit code ${exitCode}`;
  const message = `${options.name} ended (${how}) before it was ready${lastWords && `:\n${lastWords}`}`;
  tell({ type: 'failed', code: 'TARGET', message }, () => process.exit(1));
}

function stop(): void {
  isStopping = true;
  void program.stop().then(() => process.exit(0));
}

/** The program and all its children as one. Only its own protocol would tell of more. */
function sample() {
  const connections = options.holdsClients ? connectionsAt(options.port) : null;
  const unknown = { elu: null, eventLoopLagP99Ms: null, connections, opened: null, closed: null };
  const pids = processTree(program.pid);
  return {
    ...{ role: options.role, pid: program.pid, alive: true, atMs: systemClock.nowMs() },
    ...{ ...unknown, rejected: null, received: null, sent: null, dropped: null },
    ...usageOf(pids),
  };
}

/** Sends a message to the parent. That it cannot be sent means that the parent is gone, which is told otherwise. */
function tell(message: FromPart, then: () => void = () => {}): void {
  if (process.connected) process.send?.(message, then);
  else then();
}
