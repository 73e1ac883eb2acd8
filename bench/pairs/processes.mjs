/** Both ends of a pair of variants run in processes of their own, which end with their input. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Starts a script; resolves with the JSON that it prints, and what ends it. */
async function start(file, ...args) {
  const child = spawn(process.execPath, [here(file), ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const ended = once(child, 'exit');
  return {
    said: JSON.parse(line),
    stop() {
      child.stdin.end();
      return ended;
    },
  };
}

/** A server that accepts all; it says its port. */
export const startSink = () => start('sink.mjs');

/** A client that connects to it; it says its rate when all are open. */
export const startConnector = (...args) => start('connector.mjs', ...args);
