import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LOAD_OPTIONS } from '../../src/model/scenario.ts';
import { faultTable, optionTable } from '../../src/scenario/docs.ts';
import { scenarioJsonSchema } from '../../src/scenario/json-schema.ts';
import { planOf } from './fixtures.ts';

const DOC = readFileSync('docs/scenario.md', 'utf8');

describe('docs/scenario.md', () => {
  test('has the table of options as it is generated', () => {
    expect(DOC).toContain(`\n\n${optionTable()}\n\n`);
  });

  test('has examples that can be run', () => {
    const examples = [...DOC.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text);
    expect(examples.length).toBeGreaterThan(0);
    for (const text of examples) expect(planOf(text).phases.length).toBeGreaterThan(0);
  });
});

test('docs/faults.md has the table of faults as it is generated', () => {
  expect(readFileSync('docs/faults.md', 'utf8')).toContain(`\n\n${faultTable()}\n\n`);
});

test('the table has a row for each option', () => {
  const rows = optionTable().split('\n').slice(2);
  expect(rows).toHaveLength(Object.keys(LOAD_OPTIONS).length);
  expect(rows[1]).toBe(
    '| `clients` | `--clients <n>` | whole number, at least 1 | `1000` | clients of a phase |',
  );
});

test.each(readdirSync('scenarios'))('scenarios/%s is right', (file) => {
  expect(planOf(readFileSync(`scenarios/${file}`, 'utf8')).phases.length).toBeGreaterThan(0);
});

test('the JSON Schema knows keys, meanings, defaults and limits', () => {
  const schema = scenarioJsonSchema();
  expect(schema).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    required: ['phases'],
    additionalProperties: false,
    properties: {
      defaults: {
        additionalProperties: false,
        properties: {
          clients: { type: 'integer', minimum: 1, default: 1000, description: 'clients of a phase' },
          herds: { type: 'array', default: [] },
        },
      },
      phases: {
        items: {
          additionalProperties: false,
          properties: { name: { type: 'string' }, payload: { default: 'binary' } },
        },
      },
    },
  });
});
