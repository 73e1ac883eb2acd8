import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests that start real processes use the built package, as its users do. */
const alias = { wsscale: fileURLToPath(new URL('./dist/index.js', import.meta.url)) };

/** They run the command line, and say nothing of how fast anything is: they can share the machine among themselves. */
const tools = ['ci', 'doctor', 'gate', 'liveness', 'plan', 'sweep'].map((name) => `test/e2e/${name}.test.ts`);

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'tools',
          include: tools,
          testTimeout: 120_000,
          hookTimeout: 30_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // What is measured must not share the machine with other tests.
        resolve: { alias },
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: tools,
          testTimeout: 90_000,
          hookTimeout: 30_000,
          fileParallelism: false,
          maxConcurrency: 10,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
