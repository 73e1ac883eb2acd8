/** Entry of a worker thread: an engine, and the port to its host. */

import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerCommand, WorkerPlan } from './messages.ts';
import { GOODBYE_MS, runEngine } from './run-engine.ts';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');

const execute = await runEngine(workerData as WorkerPlan, (event) => {
  port.postMessage(event);
  if (event.type !== 'closed') return;
  // The thread now ends by itself when its last socket has.
  port.close();
  setTimeout(() => process.exit(0), GOODBYE_MS).unref();
});

port.on('message', (command: WorkerCommand) => execute(command));
