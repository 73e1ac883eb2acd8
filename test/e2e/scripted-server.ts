import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a scripted server does wrong; see servers/scripted.mjs. */
export interface Script {
  every?: { drop?: number; repeat?: number; swap?: number };
  delayMs?: number;
  answersPerS?: number;
  stall?: { atMs: number; forMs: number };
  refuseAbove?: number;
  closeWith?: { code: number; reason: string };
  keep?: { bytes?: number; everyDescriptor?: number };
  tls?: { key: string; cert: string };
}

export interface ScriptedServer {
  url: string;
  pid: number;
  process: ChildProcess;
  /** What it did, by its own count. */
  account(): Promise<{
    counts: Record<'received' | 'dropped' | 'repeated' | 'swapped' | 'refused' | 'peak', number>;
    medianDelayMs: number | null;
  }>;
  stop(): Promise<void>;
}

export async function startScripted(script: Script = {}): Promise<ScriptedServer> {
  const child = fork(new URL('./servers/scripted.mjs', import.meta.url), [JSON.stringify(script)]);
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return {
    url,
    pid: child.pid as number,
    process: child,
    async account() {
      const answer = once(child, 'message');
      child.send('account');
      return (await answer)[0];
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
