import { describe, expect, it } from 'vitest';
import { recordSchema } from '../../src/model/record.ts';
import { toJson } from '../../src/report/json.ts';
import { hostileRecord } from './hostile-record.ts';
import { emptyRecord, sampleRecord } from './sample-record.ts';

describe('record.json', () => {
  it.each([
    ['the sample', sampleRecord],
    ['a hostile record', hostileRecord],
    ['a run without phases', emptyRecord],
  ])('holds all of %s', (_name, make) => {
    const record = make();
    expect(JSON.parse(toJson(record))).toEqual(record);
    expect(toJson(record).endsWith('}\n')).toBe(true);
  });

  it('is the same text after it was read again', () => {
    const text = toJson(sampleRecord());
    expect(toJson(recordSchema.parse(JSON.parse(text)))).toBe(text);
  });

  it('sorts what was counted by name, in whatever order it was met', () => {
    const record = sampleRecord();
    const again = sampleRecord();
    const { connect } = again.phases[0];
    connect.failed = Object.fromEntries(Object.entries(connect.failed).reverse());
    expect(toJson(again)).toBe(toJson(record));
  });

  it('has one line for each second, rule and finding', () => {
    const lines = toJson(sampleRecord()).split('\n');
    expect(lines.filter((line) => line.includes('"tMs"'))).toHaveLength(60);
    expect(lines.filter((line) => line.includes('"observed"'))).toHaveLength(4);
    expect(lines.filter((line) => line.includes('"severity"'))).toHaveLength(2);
  });
});
