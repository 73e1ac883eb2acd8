import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { checkOverHttp, watchHealth } from '../../../src/topology/dns/health.ts';
import { createManualTime } from '../../support/manual-time.ts';

const INTERVAL_MS = 1000;

/** Two regions of two nodes each; a node is fit unless it is among the sick. */
function setUp() {
  const time = createManualTime();
  const sick = new Set<string>();
  const asked: string[] = [];
  const health = watchHealth(
    [
      ['a0', 'a1'],
      ['b0', 'b1'],
    ],
    INTERVAL_MS,
    {
      ...time,
      check(node) {
        asked.push(node);
        return Promise.resolve(!sick.has(node));
      },
    },
  );
  /** Lets so many checks of each node happen. */
  const checks = async (count: number) => {
    for (let i = 0; i < count; i++) {
      time.pass(INTERVAL_MS);
      await new Promise(setImmediate);
    }
  };
  return { health, sick, asked, checks };
}

describe('the watch over the nodes', () => {
  test('takes all to be up at first, and asks each once an interval', async () => {
    const { health, asked, checks } = setUp();
    expect([0, 1].map(health.isUp)).toEqual([true, true]);
    expect(asked).toEqual([]);
    await checks(3);
    expect(asked.sort()).toEqual(['a0', 'a0', 'a0', 'a1', 'a1', 'a1', 'b0', 'b0', 'b0', 'b1', 'b1', 'b1']);
    expect(health.transitions).toEqual([]);
  });

  test('finds a node down after two failures in a row, and a region when all of its nodes are', async () => {
    const { health, sick, checks } = setUp();
    sick.add('a0');
    await checks(1);
    expect(health.upIn(0)).toEqual(['a0', 'a1']);
    await checks(1);
    expect(health.upIn(0)).toEqual(['a1']);
    expect(health.isUp(0)).toBe(true);
    sick.add('a1');
    await checks(2);
    expect(health.isUp(0)).toBe(false);
    expect(health.isUp(1)).toBe(true);
    expect(health.transitions).toEqual([{ region: 0, isUp: false, atMs: 4000 }]);
  });

  test('passes over a single failure', async () => {
    const { health, sick, checks } = setUp();
    for (let i = 0; i < 3; i++) {
      for (const node of ['a0', 'a1']) sick.add(node);
      await checks(1);
      sick.clear();
      await checks(1);
    }
    expect(health.transitions).toEqual([]);
  });

  test('finds a region up again after one success of one node, and tells those who wait for it', async () => {
    const { health, sick, checks } = setUp();
    for (const node of ['a0', 'a1']) sick.add(node);
    await checks(2);
    let isBack = false;
    void health.untilUp(0).then(() => {
      isBack = true;
    });
    await checks(2);
    expect(isBack).toBe(false);
    sick.delete('a1');
    await checks(1);
    expect(isBack).toBe(true);
    expect(health.upIn(0)).toEqual(['a1']);
    expect(health.transitions.map(({ region, isUp }) => [region, isUp])).toEqual([
      [0, false],
      [0, true],
    ]);
    await health.untilUp(0);
    await health.untilUp(1);
  });

  test('ends when it is told to', async () => {
    const { health, asked, checks } = setUp();
    await checks(1);
    health.stop();
    await checks(2);
    expect(asked).toHaveLength(8);
  });
});

describe('a check', () => {
  const cleanups: (() => void)[] = [];
  afterEach(() => {
    for (const clean of cleanups.splice(0)) clean();
  });

  async function listen(status: number): Promise<{ port: number; paths: string[]; close: () => void }> {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url ?? '');
      response.statusCode = status;
      response.end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const close = () => {
      server.close();
      server.closeAllConnections();
    };
    cleanups.push(close);
    return { port: (server.address() as { port: number }).port, paths, close };
  }

  test.each([
    { status: 200, isFit: true },
    { status: 503, isFit: false },
    { status: 404, isFit: false },
  ])('finds who answers with $status fit: $isFit', async ({ status, isFit }) => {
    const { port, paths } = await listen(status);
    expect(await checkOverHttp(port)('127.0.0.1')).toBe(isFit);
    expect(paths).toEqual(['/health']);
  });

  test('finds nobody unfit', async () => {
    const { port, close } = await listen(200);
    close();
    expect(await checkOverHttp(port)('127.0.0.1')).toBe(false);
  });
});
