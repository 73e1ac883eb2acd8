import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What limits a server; see limited.mjs. */
export interface Script {
  host?: string;
  backlog?: number;
  acceptMs?: number;
  handshakeMs?: number;
  refuseAbove?: number;
  status?: number;
  closeAbove?: number;
  code?: number;
  silentAbove?: number;
  keep?: { heap?: number; buffers?: number };
  diary?: string;
}

/** What is done to the process before it becomes the server. */
export interface Around {
  /** A command that becomes the shell that starts it. */
  under?: string[];
  /** Commands of that shell. */
  first?: string[];
  /** Options for Node.js. */
  node?: string[];
}

interface Account {
  refused: number;
  closed: number;
  /** Most connections that it had at once. */
  peak: number;
  /** Handshakes a second, of the first so many that it was asked about. */
  handshakesPerS: number;
}

export interface LimitedServer {
  url: string;
  pid: number;
  /** What it did, by its own count. */
  account(handshakes?: number): Promise<Account>;
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('./limited.mjs', import.meta.url));

export async function startLimited(
  script: Script,
  { under = [], first = [], node = [] }: Around = {},
): Promise<LimitedServer> {
  const shell = ['sh', '-c', [...first, 'exec "$@"'].join(' && '), 'sh'];
  const [program, ...words] = [
    ...under,
    ...shell,
    process.execPath,
    ...node,
    PROGRAM,
    JSON.stringify(script),
  ];
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return {
    url,
    pid: child.pid as number,
    async account(handshakes = 0) {
      const answer = once(child, 'message');
      child.send(handshakes);
      return (await answer)[0];
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** The last memory that a server wrote into its diary, in MB of 2²⁰ bytes. */
export function lastEntryOf(diary: string): number {
  return Number(readFileSync(diary, 'utf8')) / 2 ** 20;
}
