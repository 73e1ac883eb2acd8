import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** What each folder may import of the others; see docs/architecture.md. */
const ALLOWED: Record<string, string[]> = {
  base: [],
  model: ['base'],
  limits: ['base'],
  wire: ['base'],
  stats: ['base', 'model'],
  load: ['base', 'model'],
  transport: ['base', 'model', 'wire'],
  swarm: ['base', 'model', 'wire', 'stats', 'load', 'transport'],
  server: ['base', 'model', 'wire', 'stats/histogram.ts'],
  topology: ['base', 'model', 'server'],
  collect: ['base', 'model', 'stats', 'swarm/messages.ts', 'topology/sample.ts'],
  stage: ['base', 'model', 'stats', 'collect', 'swarm/swarm.ts', 'swarm/messages.ts', 'topology'],
  analysis: ['base', 'model', 'stats'],
  gate: ['base', 'model', 'stats'],
  baseline: ['base', 'model', 'read-record.ts', 'run-folder.ts', 'report/delta-plan.ts'],
  report: ['base', 'model', 'stats', 'capacity', 'cost'],
  capacity: ['base', 'model', 'stats', 'load'],
  settings: ['base', 'capacity'],
  cost: ['base', 'capacity', 'scenario'],
  ci: ['base', 'model', 'gate', 'report', 'scenario'],
  init: ['base', 'scenario'],
  scenario: [
    'base',
    'limits',
    'model',
    'gate',
    'wire/envelope.ts',
    'server/options.ts',
    'transport/sources.ts',
  ],
  calibration: ['base', 'model', 'wire', 'stats', 'swarm', 'transport/sources.ts', 'collect/processor.ts'],
  doctor: ['base', 'limits', 'model', 'calibration', 'collect/host.ts'],
  cli: ['index.ts'],
};

/** What only some files may do; `report/snippet.ts` is the text of code for other people's pages. */
const RESERVED: { what: string; pattern: RegExp; by: RegExp }[] = [
  { what: 'import ws', pattern: /from 'ws'/, by: /^(transport\/ws|server\/)/ },
  {
    what: 'read time',
    pattern: /performance\.now|Date\.now|new Date\(|hrtime/,
    by: /^(base\/clock|report\/snippet)/,
  },
  {
    what: 'make randomness',
    pattern: /Math\.random|randomBytes|randomFill|randomUUID/,
    by: /^(base\/random|report\/snippet)/,
  },
  {
    what: 'end the process or read its arguments',
    pattern: /\bprocess\.(exit\(|argv|stdout)/,
    by: /^(cli\/|swarm\/(host|worker)\.ts|calibration\/echo-process\.ts|server\/child\.ts|topology\/supervisor\/process\.ts)/,
  },
];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(SRC, path), 'utf8') }));

function importsOf({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/from '(\.[^']+)'/g)].map(([, target]) =>
    relative(SRC, join(SRC, dirname(path), target)),
  );
}

describe('the direction of imports', () => {
  test.each(Object.entries(ALLOWED))('%s imports only what it may', (folder, allowed) => {
    const inside = files.filter(({ path }) => path.startsWith(`${folder}/`));
    expect(inside.length).toBeGreaterThan(0);
    const wrong = inside.flatMap((file) =>
      importsOf(file)
        .filter((target) => !target.startsWith(`${folder}/`))
        .filter((target) => !allowed.some((prefix) => target === prefix || target.startsWith(`${prefix}/`)))
        .map((target) => `${file.path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('every folder has its rule', () => {
    const folders = new Set(files.flatMap(({ path }) => (path.includes('/') ? [path.split('/')[0]] : [])));
    expect([...folders].sort()).toEqual(Object.keys(ALLOWED).sort());
  });
});

test.each(RESERVED)('only some files $what', ({ pattern, by }) => {
  const wrong = files.filter(({ path, text }) => !by.test(path) && pattern.test(withoutComments(text)));
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
