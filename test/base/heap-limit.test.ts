import { expect, test } from 'vitest';
import { parseHeapLimit } from '../../src/base/heap-limit.ts';

const MIB = 2 ** 20;

test.for<[string[], string[], number | null]>([
  [['node', '--max-old-space-size=150', 'server.js'], [], 150 * MIB],
  [['node', '--max_old_space_size', '64', 'server.js'], [], 64 * MIB],
  [['node', '--max-old-space-size=1', '--max-old-space-size=2'], [], 2 * MIB],
  [['node', 'server.js'], ['PATH=/bin', 'NODE_OPTIONS=--no-warnings --max-old-space-size=99'], 99 * MIB],
  [['node', '--max-old-space-size=7'], ['NODE_OPTIONS=--max-old-space-size=99'], 7 * MIB],
  [['node', 'server.js'], ['PATH=/bin'], null],
  [['node', '--max-old-space-size'], [], null],
])('%j with %j may have %s', ([words, environment, bytes]) => {
  expect(parseHeapLimit(words, environment)).toBe(bytes);
});
