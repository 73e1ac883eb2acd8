import { WsscaleError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { startSupervised } from './supervised.ts';
import type { ProcessDeath } from './topology.ts';

const DEFAULT_PORTS: Record<string, number> = { 'ws:': 80, 'wss:': 443 };

/** A server that a command of the user's runs. */
export interface RunningCommand {
  url: string;
  /** Resolves when it ends, asked or not. */
  exited: Promise<ProcessDeath>;
  stop(): Promise<void>;
}

/**
 * Runs a command of the user's in a shell, until it is told to stop or this process ends, however that does.
 *
 * @param url where it listens. A path is put behind the URL that it announces with `listening <url>`; null: that URL as
 *   it is
 * @throws WsscaleError `TARGET` if it ends before it listens, or does not listen in time
 */
export async function startCommand(
  role: string,
  command: string,
  url: string | null,
): Promise<RunningCommand> {
  const known = url !== null && URL.canParse(url) ? new URL(url) : null;
  const part = startSupervised('node', {
    ...{ role, name: `the command of ${role}`, file: '/bin/sh', args: ['-c', command], leftovers: [] },
    ...(known === null
      ? { host: '', port: 0, readiness: 'announces', url: '' }
      : {
          host: known.hostname.replace(/^\[|\]$/g, ''),
          port: Number(known.port || DEFAULT_PORTS[known.protocol]),
          ...{ readiness: 'accepts', url: known.href },
        }),
  });
  try {
    const announced = (await part.listening).url;
    if (!URL.canParse(announced) || !(new URL(announced).protocol in DEFAULT_PORTS)) {
      throw new WsscaleError(
        'TARGET',
        `${role} listens at "${printable(announced)}", which is no URL of a WebSocket.`,
      );
    }
    const at = known === null && url !== null ? new URL(url, announced).href : announced;
    return { url: at, exited: part.exited, stop: () => part.stop() };
  } catch (error) {
    await part.stop();
    throw error;
  }
}
