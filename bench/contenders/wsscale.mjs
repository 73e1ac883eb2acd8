import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from './find.mjs';

/** wsscale as a user runs it, with all that it measures. */
function wsscale(name, bin, flags) {
  return {
    name,
    missing: () => (existsSync(bin) ? null : 'not built'),
    command: ({ url, connections, connectsPerS, messagesPerS, seconds, bytes }) => ({
      command: process.execPath,
      args: [
        ...[bin, 'attack', '--target', url, '--insecure', '--json', '--quiet', ...flags],
        ...['--clients', connections, '--connect-rate', connectsPerS, '--rate', messagesPerS].map(String),
        ...['--size', String(bytes), '--duration', `${seconds}s`],
        ...['--out', join(mkdtempSync(join(tmpdir(), 'wsscale-bench-')), 'report')],
      ],
    }),
    roundTrip({ stdout }) {
      const [{ latency }] = JSON.parse(stdout).phases;
      return latency === null ? 'none: not valid' : `${latency.serviceMs.p50.toFixed(2)} ms p50`;
    },
  };
}

const bin = fileURLToPath(new URL('../../bin/wsscale.js', import.meta.url));

export const raw = wsscale('wsscale', bin, ['--transport', 'raw']);
export const ws = wsscale('wsscale --transport ws', bin, ['--transport', 'ws']);
/** Any other build, to compare with: the last release, or the state before a change. */
export const before = wsscale('wsscale before', cached('before/bin/wsscale.js'), []);
