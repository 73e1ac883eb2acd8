/**
 * Runs a program that is not ours, and sees to it that nothing of it is left.
 *
 * Who ends the program, however the tool goes:
 *
 * - The tool tells the supervisor to stop, or the channel between them closes, since the tool was killed: the
 *   supervisor does it. It is in a process group of its own, so what is sent to the tool's group does not reach it.
 * - The supervisor is killed, too: the kernel does it. `setpriv`, of util-linux, asks it to send the program SIGTERM
 *   when its parent dies. Where that is not installed, a killed supervisor leaves the program behind.
 * - The program's own parent of processes is killed (nginx's master, Pushpin's first process): its children are in the
 *   program's process group or at least in its session, which the supervisor ends when it sees that.
 *
 * SIGTERM comes first, since a master of nginx that is killed leaves its workers serving; SIGQUIT would let it wait
 * for its clients. What is still there after a while is killed with all its children.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { InterruptSignal } from '../messages.ts';
import { processTree, sessionOf, titleOf } from './proc.ts';
import type { ProgramOptions } from './program.ts';
import { announcement, isReady } from './readiness.ts';

const GRACE_MS = 1_500;
const READY_POLL_MS = 10;
const RELOAD_POLL_MS = 10;
/** Of what it writes to stderr, so much is kept to be told. */
const TAIL_CHARACTERS = 2_000;

export interface Program {
  pid: number;
  /** How it ended; never rejects. */
  ended: Promise<ProgramEnd>;
  /** Resolves with its URL when it answers; with null if it ended before. */
  ready(): Promise<string | null>;
  /** Lets it read its configuration again; resolves when none of its processes goes by the old one. */
  reload(): Promise<void>;
  /** Ends it and all its children; resolves when none is left. Safe to call more than once. */
  stop(): Promise<void>;
  /** The same, in this way, and what it leaves stays. */
  interrupt(signal: InterruptSignal): Promise<void>;
}

interface ProgramEnd {
  exitCode: number | null;
  signal: string | null;
  /** The end of what it wrote to stderr. */
  lastWords: string;
}

/** Starts it. */
export function supervise(options: ProgramOptions): Program {
  const [file, args] = withDeathSignal(options);
  // Its own process group: Ctrl-C is for the tool to understand, and the group is what can be ended as a whole.
  const stdout = options.readiness === 'announces' ? 'pipe' : 'ignore';
  const child = spawn(file, args, { stdio: ['ignore', stdout, 'pipe'], detached: true });
  let lastWords = '';
  let isToReturn = false;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-TAIL_CHARACTERS);
  });
  const announced = child.stdout === null ? null : announcement(child.stdout);
  const ended = endOf(child).then(({ exitCode, signal, error }) => {
    killAll(child.pid);
    if (!isToReturn) removeLeftovers(options);
    return { exitCode, signal, lastWords: lastWords.trim() || error };
  });
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });

  async function end(): Promise<void> {
    child.kill('SIGTERM');
    const timer = setTimeout(() => killAll(child.pid), GRACE_MS);
    await ended;
    clearTimeout(timer);
  }

  return {
    pid: child.pid ?? 0,
    ended,
    async ready() {
      if (announced !== null) return Promise.race([announced, ended.then(() => null)]);
      while (!hasEnded) {
        if (await isReady(options)) return hasEnded ? null : options.url;
        await Promise.race([ended, pause(READY_POLL_MS)]);
      }
      return null;
    },
    async reload() {
      const before = processTree(child.pid ?? 0).slice(1);
      child.kill('SIGHUP');
      // nginx's old workers say in their titles that they no longer accept.
      while (!hasEnded && before.some(servesAsBefore)) await pause(RELOAD_POLL_MS);
    },
    stop: end,
    async interrupt(signal) {
      isToReturn = true;
      if (signal === 'SIGKILL') killAll(child.pid);
      await end();
    },
  };
}

/** Removes what a program leaves, or what was made for one that was never started. */
export function removeLeftovers({ leftovers }: ProgramOptions): void {
  for (const path of leftovers) rmSync(path, { recursive: true, force: true });
}

/** The command that runs the program, and has the kernel end it with its parent where that can be asked for. */
function withDeathSignal({ file, args }: ProgramOptions): [string, string[]] {
  const wrapper = ['--pdeathsig', 'TERM', '--'];
  const canAsk = process.platform === 'linux' && spawnSync('setpriv', [...wrapper, 'true']).status === 0;
  return canAsk ? ['setpriv', [...wrapper, file, ...args]] : [file, args];
}

async function endOf(child: ChildProcess) {
  try {
    const [exitCode, signal]: [number | null, string | null] = (await once(child, 'exit')) as never;
    // What children of it hold open does not matter; what it wrote itself has arrived by then, or in a moment.
    await Promise.race([once(child.stderr as NonNullable<typeof child.stderr>, 'end'), pause(READY_POLL_MS)]);
    return { exitCode, signal, error: '' };
  } catch (error) {
    return { exitCode: null, signal: null, error: String(error) };
  }
}

/** Kills all that is left of a program: its process group, and those who have one of their own in its session. */
function killAll(pid: number | undefined): void {
  if (pid === undefined) return;
  for (const target of [-pid, ...sessionOf(pid)]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // Nothing is left.
    }
  }
}

function servesAsBefore(pid: number): boolean {
  const title = titleOf(pid);
  return title !== '' && !title.includes('shutting down');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
