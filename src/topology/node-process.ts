/**
 * One node in a process of its own, seen from the process that started it.
 */

import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WsscaleError } from '../base/errors.ts';
import type { FromNode, ServerSample, ToNode } from '../server/control.ts';
import type { NodeOptions } from '../server/options.ts';

/** A node that has not said by then that it listens will not. */
const START_TIMEOUT_MS = 15_000;
/** A sample that takes longer is not waited for: the node's event loop is blocked. */
const SAMPLE_TIMEOUT_MS = 5_000;
/** A node that has not ended by then is killed. It gives its connections half of this. */
const STOP_TIMEOUT_MS = 2_000;

export interface NodeProcess {
  role: string;
  /** 0 if the system could not start it. */
  pid: number;
  /** False from its end on. */
  readonly alive: boolean;
  /** The last that it told of itself. */
  readonly lastSample: ServerSample | null;
  /** @throws WsscaleError (as a rejection) if it ends or says that it cannot before it listens */
  listening: Promise<Listening>;
  /** Never rejects. */
  exited: Promise<ProcessExit>;
  /** Renews `lastSample`; resolves without it if the node does not listen, ends, or does not answer in time. */
  sample(): Promise<void>;
  /** Asks it to close its connections and end; kills it if it does not. Resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would. Resolves when it has ended. */
  kill(): Promise<void>;
}

type Listening = Extract<FromNode, { type: 'listening' }>;

interface ProcessExit {
  code: number | null;
  signal: string | null;
  /** `stop` or `kill` was called, or it had said why it ends. */
  expected: boolean;
}

/** Starts a node. */
export function startNode(options: NodeOptions): NodeProcess {
  const child = fork(entry(), [JSON.stringify(options)], {
    serialization: 'advanced',
    // What this process was started with (a debugger's port, a program to evaluate) is not meant for the node.
    execArgv: [],
    // Its stdout would mix with ours; what a crash prints is wanted.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const samples = new Map<number, () => void>();
  let nextSample = 0;
  let lastSample: ServerSample | null = null;
  let alive = true;
  let hasListened = false;
  let expected = false;

  const exited = new Promise<ProcessExit>((resolve) => {
    const end = (code: number | null, signal: string | null) => {
      alive = false;
      for (const done of samples.values()) done();
      resolve({ code, signal, expected });
    };
    child.on('exit', end);
    // An error without a process id is a process that was never there, and no 'exit' will follow.
    child.on('error', () => {
      if (child.pid === undefined) end(null, null);
    });
  });

  const listening = new Promise<Listening>((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    child.on('error', (error) => {
      reject(new WsscaleError('TARGET', `The reference server cannot be started: ${error.message}.`));
    });
    child.on('message', (message: FromNode) => {
      switch (message.type) {
        case 'listening':
          clearTimeout(timer);
          hasListened = true;
          return resolve(message);
        case 'failed':
          expected = true;
          return reject(new WsscaleError(message.code, message.message));
        case 'sample':
          lastSample = message.sample;
          samples.get(message.id)?.();
      }
    });
    void exited.then(({ code, signal }) => {
      clearTimeout(timer);
      const how = signal === null ? `exit code ${code}` : signal;
      reject(new WsscaleError('TARGET', `The reference server ended (${how}) before it listened.`));
    });
  });
  // Whoever does not wait for it learns of the end by `exited`.
  listening.catch(() => {});

  function tell(message: ToNode): void {
    // That it cannot be told means that it is ending; `exited` will say so.
    if (child.connected) child.send(message, () => {});
  }

  async function kill(): Promise<void> {
    expected = true;
    child.kill('SIGKILL');
    await exited;
  }

  return {
    role: options.role,
    pid: child.pid ?? 0,
    get alive() {
      return alive;
    },
    get lastSample() {
      return lastSample;
    },
    listening,
    exited,
    async sample() {
      if (!alive || !hasListened) return;
      const id = nextSample++;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, SAMPLE_TIMEOUT_MS);
        samples.set(id, () => {
          clearTimeout(timer);
          resolve();
        });
        tell({ type: 'sample', id });
      });
      samples.delete(id);
    },
    async stop() {
      if (!hasListened) return kill();
      expected = true;
      tell({ type: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
    kill,
  };
}

/** The entry file beside this one, compiled or not, as this one is. */
function entry(): string {
  return fileURLToPath(new URL(`../server/node${extname(import.meta.url)}`, import.meta.url));
}
