/** The echo server that all are measured against: a fresh one for each run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @param {string[]} tls the files of a certificate and its key, or nothing */
export async function startServer(tls = []) {
  const child = spawn(here('../node_modules/.bin/bun'), [here('../servers/echo.bun.js'), ...tls]);
  const [port] = await once(child.stdout, 'data');
  return {
    url: `${tls.length > 0 ? 'wss' : 'ws'}://127.0.0.1:${Number(port)}/`,
    /** Ends it; resolves with what it counted. */
    async stop() {
      child.kill();
      return JSON.parse(await text(child.stdout));
    },
  };
}
