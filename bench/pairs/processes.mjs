/** Both ends of a pair of variants run in processes of their own, which end with their input. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Starts a script; resolves when it has said its first word, in JSON. */
async function start(file, ...args) {
  const child = spawn(process.execPath, [here(file), ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const nextWord = async () => JSON.parse((await once(child.stdout, 'data'))[0]);
  const ended = once(child, 'exit');
  return {
    said: await nextWord(),
    ask() {
      child.stdin.write('go');
      return nextWord();
    },
    stop() {
      child.stdin.end();
      return ended;
    },
  };
}

/** A server that accepts all; it says its port. */
export const startSink = () => start('sink.mjs');

/** A client that opens WebSocket connections and answers pings; it says when all are open. */
export const startAnswerer = (...args) => start('answerer.mjs', ...args);

/** A client that connects to it when asked; it answers how many connections a second it has made. */
export const startConnector = (...args) => start('connector.mjs', ...args);
