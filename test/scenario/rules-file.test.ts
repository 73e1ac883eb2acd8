import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { WsscaleError } from '../../src/base/errors.ts';
import { loadRules } from '../../src/scenario/rules-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'wsscale-rules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const FILE = join(folder, 'rules');

function texts(content: string): string[] {
  writeFileSync(FILE, content);
  return loadRules(FILE).map(({ text }) => text);
}

function problems(content: string): string[] {
  try {
    texts(content);
  } catch (error) {
    if (error instanceof WsscaleError && error.code === 'USAGE') {
      return [error.message, ...error.details].map((line) => line.replaceAll(FILE, 'rules'));
    }
    throw error;
  }
  return [];
}

const RULES = ['*.ordering.missing == 0', 'single.latency.responseMs.p99 < 50ms'];

describe('rules are read', () => {
  test.each([
    ['one a line, with remarks', `# what must hold\n\n${RULES.join('\n')}\n`],
    ['one a line, as Windows ends them', RULES.join('\r\n')],
    ['from a YAML list', `# what must hold\n- '${RULES[0]}'\n- ${RULES[1]}\n`],
    ['from a list on one line', `["${RULES[0]}", "${RULES[1]}"]`],
    ['as a scenario has them', `gate:\n  - '${RULES[0]}'\n  - '${RULES[1]}'\n`],
  ])('%s', (_how, content) => {
    expect(texts(content)).toEqual(RULES);
  });
});

describe('what is wrong is told with its place', () => {
  test('of lines: all of it, with line and column', () => {
    expect(problems('# remark\na.latncy.p99 < 5\n*.ordering.missing == 0\n  a.clients.peak = 5\n')).toEqual([
      '2 errors in rules',
      expect.stringMatching(/^rules:2:3: a phase has no "latncy"/),
      '  a.latncy.p99 < 5',
      '    ^^^^^^',
      expect.stringMatching(/^rules:4:18: one of .*write ==/),
      '    a.clients.peak = 5',
      '                   ^',
    ]);
  });

  test('of a YAML list: with the line and column of the rule', () => {
    const [count, what] = problems("- 'a.clients.peak > 5'\n-   'a.latncy.p99 < 5'\n");
    expect(count).toBe('an error in rules');
    expect(what).toMatch(/^rules:2:5: \[1\]: a phase has no "latncy"/);
  });

  test.each([
    ['a star without quotes', '- *.ordering.missing == 0\n', /^rules:1:/],
    ['a map in the list', '- a: 5\n', /^rules:1:3: \[0\]: must be a rule, in quotes/],
    ['no list', 'gate: 5\n', /^rules:1:7: gate: must be a list of rules/],
    ['broken YAML', '- "a\n', /^rules:\d+:\d+: is not YAML/],
  ])('of %s', (_what, content, place) => {
    expect(problems(content)[1]).toMatch(place);
  });

  test('of a star without quotes, with what to do', () => {
    expect(problems('- *.ordering.missing == 0\n').join()).toContain('in quotes');
  });

  test('of a file without a rule, or without a file', () => {
    expect(problems('# nothing\n')[0]).toContain('has no rule in it');
    expect(() => loadRules(join(folder, 'nowhere'))).toThrow('there is no such file');
  });
});
