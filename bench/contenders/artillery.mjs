import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { find, PATH } from './find.mjs';

export const artillery = {
  name: 'Artillery',
  missing: () => (find('artillery') === null ? 'not installed' : null),
  command(job) {
    const script = join(mkdtempSync(join(tmpdir(), 'wsscale-bench-')), 'artillery.json');
    writeFileSync(script, JSON.stringify(scriptOf(job)));
    return {
      command: find('artillery'),
      args: ['run', '--quiet', script],
      env: { PATH, ARTILLERY_DISABLE_TELEMETRY: 'true' },
    };
  },
  roundTrip: () => 'none',
};

function scriptOf({ url, connections, connectsPerS, messagesPerS, seconds, bytes }) {
  const wait = { think: seconds };
  const talk = {
    loop: [{ send: '.'.repeat(bytes) }, { think: 1 / messagesPerS }],
    count: seconds * messagesPerS,
  };
  return {
    config: {
      target: url,
      phases: [{ duration: Math.ceil(connections / connectsPerS), arrivalCount: connections }],
      ws: { rejectUnauthorized: false },
    },
    scenarios: [{ engine: 'ws', flow: [messagesPerS > 0 ? talk : wait] }],
  };
}
