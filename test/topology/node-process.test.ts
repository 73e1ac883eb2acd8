import { type ForkOptions, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import { DEFAULT_NODE_OPTIONS } from '../../src/server/options.ts';
import { startNode } from '../../src/topology/node-process.ts';

vi.mock('node:child_process', () => ({ fork: vi.fn(() => new EventEmitter()) }));

test('a node’s process is told how V8 keeps it small', () => {
  startNode(DEFAULT_NODE_OPTIONS);
  const [[, args, options]] = vi.mocked(fork).mock.calls;
  expect(JSON.parse(args?.[0] ?? '')).toEqual(DEFAULT_NODE_OPTIONS);
  expect((options as ForkOptions).execArgv).toContain('--max-semi-space-size=1');
  // It has ended: nothing waits for it any more.
  vi.mocked(fork).mock.results[0].value.emit('exit', 0, null);
});
