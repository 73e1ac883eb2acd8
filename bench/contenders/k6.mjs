import { fileURLToPath } from 'node:url';
import { find } from './find.mjs';

export const k6 = {
  name: 'k6',
  missing: () => (find('k6') === null ? 'not installed' : null),
  command: (job) => ({
    command: find('k6'),
    args: [
      ...['run', '--quiet', '--no-color', '--no-usage-report', '--address', '127.0.0.1:0'],
      fileURLToPath(new URL('k6.script.js', import.meta.url)),
    ],
    env: { JOB: JSON.stringify(job) },
  }),
  /** The script takes it, since k6 has no such metric. */
  roundTrip({ stdout }) {
    const { avg, med } = JSON.parse(stdout).values;
    return `${avg.toFixed(0)} ms mean, ${med.toFixed(0)} ms p50`;
  },
};
