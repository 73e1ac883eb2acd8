import { fileURLToPath } from 'node:url';

export const floor = {
  name: 'floor (bare node:net)',
  missing: () => null,
  command: ({ url, connections, connectsPerS, messagesPerS, seconds }) => ({
    command: process.execPath,
    args: [
      fileURLToPath(new URL('../floor.mjs', import.meta.url)),
      ...[url, connections, connectsPerS, messagesPerS, seconds].map(String),
    ],
  }),
  roundTrip: ({ stdout }) => `${JSON.parse(stdout).meanMs.toFixed(2)} ms mean`,
};
