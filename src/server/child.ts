/**
 * What the processes of a topology have in common. Each is forked, told its options in its one argument, says where it
 * listens, and answers its parent. It lives exactly as long as its channel: when the parent is gone, however it went, so
 * is the child.
 */

import { systemClock } from '../base/clock.ts';
import { WsscaleError } from '../base/errors.ts';
import type { FromNode, ToNode } from './control.ts';
import { settle } from './settling.ts';

type Stop = Extract<ToNode, { type: 'stop' }>;

/** What a child does when it is told something; what it does not know it passes over. */
type Answers<Message extends { type: string }> = {
  [Type in Exclude<Message['type'], 'sample' | 'settle' | 'stop'>]?: (
    message: Extract<Message, { type: Type }>,
  ) => void;
};

/** A part of the server that runs. */
export interface Child<Message extends { type: string }> {
  role: string;
  url: string;
  port: number;
  sample(): object;
  /** Connections that have to end before it is at rest; left out where it holds none of clients. */
  connections?(): number;
  /** Done before it comes to rest. */
  rest?(): Promise<void> | undefined;
  close(stop: Stop): Promise<void> | void;
  answers?: Answers<Message>;
}

/** Of the sample that nobody asked for. */
const LAST = -1;

/**
 * Gives this process a name, and the life of its channel.
 * @param cleanUp what is done when it ends in order
 * @returns the options that it was told
 */
export function beginChild<Options>(title: string, cleanUp: (options: Options) => void = () => {}): Options {
  process.title = title;
  // Ctrl-C reaches the whole process group. What it means is for the parent to say.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  const options: Options = JSON.parse(process.argv[2]);
  process.on('exit', (code) => {
    if (code === 0) cleanUp(options);
  });
  process.on('disconnect', () => process.exit(0));
  // The parent may have gone before this file was loaded, or never have been there.
  if (!process.connected) process.exit(0);
  return options;
}

/**
 * Opens the part, and answers for it until the parent says stop: its last word is a sample. One that cannot be opened
 * says why.
 */
export async function serveParent<Message extends { type: string } = ToNode>(
  open: () => Promise<Child<Message>>,
): Promise<void> {
  try {
    const child = await open();
    const sample = (id: number, then?: () => void) =>
      tell({ type: 'sample', id, sample: child.sample() }, then);
    process.on('message', (message: ToNode) => {
      switch (message.type) {
        case 'sample':
          return sample(message.id);
        case 'settle':
          return void comeToRest(child).then((process) => tell({ type: 'settled', id: message.id, process }));
        case 'stop':
          return void Promise.resolve(child.close(message)).then(() => sample(LAST, () => process.exit(0)));
        default:
          return (child.answers as Record<string, (message: object) => void>)?.[message.type]?.(message);
      }
    });
    const { url, port } = child;
    tell({ type: 'listening', url, port, atMs: systemClock.nowMs() });
  } catch (error) {
    if (!(error instanceof WsscaleError)) throw error;
    tell({ type: 'failed', code: error.code, message: error.message }, () => process.exit(1));
  }
}

/** Sends a message to the parent. That it cannot be sent means that the parent is gone, which ends the process. */
export function tell(
  message: Exclude<FromNode, { type: 'sample' }> | Sampled,
  then: () => void = () => {},
): void {
  process.send?.(message, then);
}

/** Parts of a server tell of themselves what they know, each its own. */
interface Sampled {
  type: 'sample';
  id: number;
  sample: object;
}

async function comeToRest<Message extends { type: string }>({ role, rest, connections }: Child<Message>) {
  await rest?.();
  return settle(role, systemClock, connections ?? (() => 0));
}
