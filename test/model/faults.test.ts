import { describe, expect, test } from 'vitest';
import {
  FAULTS,
  type FaultName,
  type FaultPlan,
  formatFault,
  type Parameter,
  parseFault,
  readFaults,
} from '../../src/model/faults.ts';
import fc from '../support/properties.ts';

describe('a fault in words', () => {
  test.each([
    ['drop:share=0.01', { kind: 'drop', share: 0.01 }],
    ['reorder:share=0.5,by=3', { kind: 'reorder', share: 0.5, by: 3, patience: 2000 }],
    ['delay:by=5ms', { kind: 'delay', by: 5, share: 0, slow: 0, tail: 0 }],
    ['delay:by=5ms,slow=0.5s,share=0.1', { kind: 'delay', by: 5, share: 0.1, slow: 500, tail: 0 }],
    ['stall:for=1.5s', { kind: 'stall', for: 1500, every: 5000 }],
    ['refuse:share=1', { kind: 'refuse', share: 1, status: 503 }],
    ['close:share=0.1,code=4000', { kind: 'close', share: 0.1, code: 4000 }],
    ['reset-sequence:after=7', { kind: 'reset-sequence', after: 7 }],
  ])('%s has all that was left out', (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  test.each([
    ['dorp:share=1', `"dorp" is no fault; there are ${Object.keys(FAULTS).join(', ')}`],
    ['toString', `"toString" is no fault; there are ${Object.keys(FAULTS).join(', ')}`],
    ['drop', 'drop needs share=…, like drop:share=0.01'],
    ['stall:every=1s', 'stall needs for=…, like stall:for=25ms'],
    ['leak-memory', 'leak-memory needs bytes=…, like leak-memory:bytes=100'],
    ['reset-sequence:', 'reset-sequence needs after=…, like reset-sequence:after=3'],
    ['drop:part=1', 'drop has no "part"; it has share'],
    ['reorder:share=1,of=2', 'reorder has no "of"; it has share, by, patience'],
    ['drop:share=0.1,share=0.2', 'drop says share twice'],
    ['drop:share', 'drop:share is ""; a share is from 0 to 1'],
    ['drop:share=1.1', 'drop:share is "1.1"; a share is from 0 to 1'],
    ['drop:share=-1', 'drop:share is "-1"; a share is from 0 to 1'],
    ['drop:share=some', 'drop:share is "some"; a share is from 0 to 1'],
    ['reorder:share=1,by=0', 'reorder:by is "0"; it must be a whole number from 1 up'],
    ['reorder:share=1,by=1.5', 'reorder:by is "1.5"; it must be a whole number from 1 up'],
    ['leak-memory:bytes=1e99', 'leak-memory:bytes is "1e99"; it must be a whole number from 1 up'],
    ['stall:for=5', 'stall:for: "5" is not a time; write it like 500ms, 30s or 5m'],
    ['stall:for=61m', 'stall:for is "61m"; it must be at most 1h'],
    ['delay:by=1ms,tail=-2', 'delay:tail is "-2"; it must be a number from 0 up'],
    ['delay:by=1ms,tail=Infinity', 'delay:tail is "Infinity"; it must be a number from 0 up'],
    ['refuse:share=1,status=200', 'refuse:status is "200"; an HTTP status that refuses is from 400 to 599'],
    [
      'close:share=1,code=1006',
      'close:code is "1006"; a server may close with 1000 to 1003, 1007 to 1014, or 3000 to 4999',
    ],
  ])('%s is refused, and it is told why', (text, message) => {
    expect(() => parseFault(text)).toThrow(new RangeError(message));
  });

  test('whatever is written is read again', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const time = fc.double({ min: 0.001, max: 3_600_000, noNaN: true });
    const whole = fc.integer({ min: 1, max: 2 ** 40 });
    const kinds: Record<Parameter['kind'], fc.Arbitrary<number>> = {
      ...{ share, time, count: whole, bytes: whole },
      number: fc.double({ min: 0, max: 1e9, noNaN: true }),
      status: fc.integer({ min: 400, max: 599 }),
      code: fc.integer({ min: 3000, max: 4999 }),
    };
    const faults = (Object.keys(FAULTS) as FaultName[]).map((name) => {
      const values = Object.entries<Parameter>(FAULTS[name].parameters).map(([key, { kind }]) => [
        key,
        kinds[kind],
      ]);
      return fc.record({ kind: fc.constant(name), ...Object.fromEntries(values) });
    });
    fc.assert(
      fc.property(fc.oneof(...faults), (fault) => {
        // -0 is written as 0.
        expect(parseFault(formatFault(fault as unknown as FaultPlan))).toEqual(fault);
      }),
    );
  });
});

test('of each kind there may be one, and what is wrong is told by its place', () => {
  const problems: [number, string][] = [];
  const texts = ['drop:share=1', 'drop:share=0.5', 'nothing', 'stall:for=1s'];
  const faults = readFaults(texts, (message, i) => problems.push([i, message]));
  expect(faults.map(({ kind }) => kind)).toEqual(['drop', 'stall']);
  expect(problems).toEqual([
    [1, 'asks for drop a second time; of each kind there may be one'],
    [2, expect.stringContaining('"nothing" is no fault')],
  ]);
});
