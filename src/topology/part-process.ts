/**
 * A part of a topology (a node, a broker, a balancer, or the supervisor of a program that is not ours) in a process
 * of its own, seen from the process that started it.
 */

import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WsscaleError } from '../base/errors.ts';
import type { SettledProcess } from '../model/leak.ts';
import type { Goodbye } from '../server/control.ts';
import type { FromPart, InterruptSignal, ToPart } from './messages.ts';
import type { Part, ProcessSample } from './sample.ts';
import type { ProcessDeath } from './topology.ts';

/** A part that has not said by then that it listens will not. */
const START_TIMEOUT_MS = 15_000;
/** An answer that takes longer is not waited for: the process's event loop is blocked. */
const ANSWER_TIMEOUT_MS = 5_000;
/** Longer than a process takes to give up coming to rest. */
const SETTLE_TIMEOUT_MS = 15_000;

/** What to start. */
export interface PartOptions {
  part: Part;
  role: string;
  /** What it is called in errors, with its article: `The reference server`. */
  title: string;
  /** The entry file without its extension, from the root of the sources: `server/node`. */
  entry: string;
  /** Travels as JSON in the arguments of the process. */
  argument: unknown;
  /** Options for the `node` that runs it. */
  execArgv?: string[];
  /** A process that has not ended so long after `stop` is killed. */
  stopTimeoutMs: number;
  /**
   * For a process that must end in order: it is not killed but left alone while it starts, too, and it is out of the
   * process group, where a signal to all of that would find it.
   */
  orderly?: boolean;
}

export interface PartProcess {
  part: Part;
  role: string;
  /** 0 if the system could not start it. */
  pid: number;
  /** It must end in order: what it looks after would be left behind by a `kill`. */
  orderly: boolean;
  /** False from its end on. */
  readonly alive: boolean;
  /** The last that it told of itself, alive or not. */
  readonly lastSample: ProcessSample | null;
  /** @throws WsscaleError (as a rejection) if it ends or says that it cannot before it listens */
  listening: Promise<Listening>;
  /** Never rejects. */
  exited: Promise<ProcessExit>;
  /** Renews `lastSample`; resolves without it if the part does not listen, ends, or does not answer in time. */
  sample(): Promise<void>;
  /** Waits until it has come to rest, its clients being gone; null if it does not answer in time. */
  settle(): Promise<SettledProcess | null>;
  /** Tells it something and resolves when it is done, has ended, or does not answer in time. */
  ask(message: Request, timeoutMs?: number): Promise<void>;
  /**
   * Asks it to end; kills it if it does not. Resolves when it has ended.
   *
   * @param goodbye what a node is to say to its connections, unless it is that the server stops
   */
  stop(goodbye?: Goodbye): Promise<void>;
  /** Ends it at once, as a crash would. Resolves when it has ended. */
  kill(): Promise<void>;
  /** Ends a supervised program that will be started again. Resolves when it has ended. */
  interrupt(signal: InterruptSignal): Promise<void>;
}

type Listening = Extract<FromPart, { type: 'listening' }>;

type WithoutId<Message> = Message extends { id: number } ? Omit<Message, 'id'> : never;
type Request = WithoutId<ToPart>;

interface ProcessExit extends ProcessDeath {
  /** `stop` or `kill` was called, or it had said why it cannot start. */
  expected: boolean;
}

/** Starts a part. */
export function startPart(options: PartOptions): PartProcess {
  const { part, role, title, orderly = false } = options;
  const child = fork(entryFile(options.entry), [JSON.stringify(options.argument)], {
    serialization: 'advanced',
    // What this process was started with (a debugger's port, a program to evaluate) is not meant for the part.
    execArgv: options.execArgv ?? [],
    // Its stdout would mix with ours; what a crash prints is wanted.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: orderly,
  });
  const waiting = new Map<number, (answer: FromPart | null) => void>();
  let nextId = 0;
  let lastSample: ProcessSample | null = null;
  let ended: Extract<FromPart, { type: 'ended' }> | null = null;
  let alive = true;
  let hasListened = false;
  let expected = false;

  const exited = new Promise<ProcessExit>((resolve) => {
    const end = (exitCode: number | null, signal: string | null) => {
      alive = false;
      for (const done of waiting.values()) done(null);
      const of = ended ?? { pid: child.pid ?? 0, exitCode, signal };
      resolve({ role, pid: of.pid, exitCode: of.exitCode, signal: of.signal, expected });
    };
    child.on('exit', end);
    // An error without a process id is a process that was never there, and no 'exit' will follow.
    child.on('error', () => {
      if (child.pid === undefined) end(null, null);
    });
  });

  const listening = new Promise<Listening>((resolve, reject) => {
    const timer = setTimeout(giveUp, START_TIMEOUT_MS);
    child.on('error', (error) => {
      reject(new WsscaleError('TARGET', `${title} cannot be started: ${error.message}.`));
    });
    child.on('message', (message: FromPart) => {
      switch (message.type) {
        case 'listening':
          clearTimeout(timer);
          hasListened = true;
          return resolve(message);
        case 'failed':
          expected = true;
          return reject(new WsscaleError(message.code, message.message));
        case 'sample':
          // The part of a process decides which fields it knows; that pairs them.
          lastSample = { ...message.sample, part } as ProcessSample;
          return waiting.get(message.id)?.(message);
        case 'done':
        case 'settled':
          return waiting.get(message.id)?.(message);
        case 'ended':
          ended = message;
      }
    });
    void exited.then(({ exitCode, signal }) => {
      clearTimeout(timer);
      const how = signal === null ? `exit code ${exitCode}` : signal;
      reject(new WsscaleError('TARGET', `${title} ended (${how}) before it listened.`));
    });
  });
  // Whoever does not wait for it learns of the end by `exited`.
  listening.catch(() => {});

  function tell(message: ToPart): void {
    // That it cannot be told means that it is ending; `exited` will say so.
    if (child.connected) child.send(message, () => {});
  }

  /** Resolves with the answer; with null if it does not listen, ends, or does not answer in time. */
  async function answerTo(request: Request, timeoutMs = ANSWER_TIMEOUT_MS): Promise<FromPart | null> {
    if (!alive || !hasListened) return null;
    const id = nextId++;
    const answer = await new Promise<FromPart | null>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs, null);
      waiting.set(id, (message) => {
        clearTimeout(timer);
        resolve(message);
      });
      tell({ ...request, id } as ToPart);
    });
    waiting.delete(id);
    return answer;
  }

  /** An orderly process ends by itself when its channel does, which it may be too busy starting to be told. */
  function giveUp(): void {
    if (!orderly) child.kill('SIGKILL');
    else if (child.connected) child.disconnect();
  }

  async function kill(): Promise<void> {
    expected = true;
    child.kill('SIGKILL');
    await exited;
  }

  return {
    part,
    role,
    pid: child.pid ?? 0,
    orderly,
    get alive() {
      return alive;
    },
    get lastSample() {
      return lastSample === null ? null : { ...lastSample, alive };
    },
    listening,
    exited,
    sample: async () => void (await answerTo({ type: 'sample' })),
    async settle() {
      const answer = await answerTo({ type: 'settle' }, SETTLE_TIMEOUT_MS);
      return answer?.type === 'settled' ? answer.process : null;
    },
    ask: async (request, timeoutMs) => void (await answerTo(request, timeoutMs)),
    async stop(goodbye) {
      expected = true;
      if (hasListened) tell(goodbye === undefined ? { type: 'stop' } : { type: 'stop', goodbye });
      else giveUp();
      const timer = setTimeout(() => child.kill('SIGKILL'), options.stopTimeoutMs);
      await exited;
      clearTimeout(timer);
    },
    kill,
    async interrupt(signal) {
      expected = true;
      tell({ type: 'interrupt', signal });
      await exited;
    },
  };
}

/** The entry file beside this one, compiled or not, as this one is. */
function entryFile(entry: string): string {
  return fileURLToPath(new URL(`../${entry}${extname(import.meta.url)}`, import.meta.url));
}
