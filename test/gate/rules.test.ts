import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WsscaleError } from '../../src/base/errors.ts';
import { fieldPaths } from '../../src/gate/fields.ts';
import { faultLines, isFault, OPERATORS, parseRules, readRule } from '../../src/gate/rules.ts';

function rule(text: string) {
  return parseRules([text])[0];
}

describe('a rule is read', () => {
  const rows: [string, object, string][] = [
    [
      'single.latency.responseMs.p99 < 50ms',
      {
        phase: 'single',
        path: ['latency', 'responseMs', 'p99'],
        op: '<',
        limit: 50,
        unit: 'ms',
        fieldLimit: 50,
      },
      'the unit of a summary is in its name',
    ],
    [
      'single.latency.responseMs.p99 < 50',
      { limit: 50, unit: null, fieldLimit: 50 },
      'no unit: the field’s own',
    ],
    [
      'a.latency.responseMs.p99 <= 1.5s',
      { limit: 1.5, unit: 's', fieldLimit: 1500 },
      'seconds for a field in ms',
    ],
    [
      'a.generator.cpuS < 500ms',
      { limit: 500, unit: 'ms', fieldLimit: 0.5 },
      'milliseconds for a field in s',
    ],
    [
      '*.ordering.missing == 0',
      { phase: '*', path: ['ordering', 'missing'], op: '==' },
      'a rule for each phase',
    ],
    ['a.server.rssBytes < 2KB', { fieldLimit: 2048 }, 'a KB is 1,024 bytes'],
    ['a.server.rssBytes < 3MB', { fieldLimit: 3 * 1024 * 1024 }, 'a MB is 1,024 KB'],
    ['a.server.bytesPerConnection < 20KB', { fieldLimit: 20_480 }, 'bytes per connection are bytes'],
    ['a.generator.processBytesPerConnection < 3KB', { fieldLimit: 3072 }, 'what older records lack'],
    [
      'a.memory.settled.kernelBytes < 1MB',
      { path: ['memory', 'settled', 'kernelBytes'], fieldLimit: 1024 ** 2 },
      'what a moment held',
    ],
    ['a.memory.kernelBytesPerSocket < 5KB', { fieldLimit: 5120 }, 'bytes of a socket are bytes'],
    [
      'a.leak.processes.memory.bytesPerConnection < 50B',
      { path: ['leak', 'processes', 'memory', 'bytesPerConnection'], fieldLimit: 50 },
      'what each process keeps of a connection',
    ],
    ['a.leak.processes.descriptors.perConnection <= 0', { unit: null }, 'descriptors are counted'],
    ['a.leak.found == 0', { path: ['leak', 'found'], fieldLimit: 0 }, 'leaks of all processes'],
    ['a.ordering.reorderedRatio <= 7%', { limit: 7, unit: '%', fieldLimit: 0.07 }, 'per cent of a ratio'],
    ['a.generator.offeredRatio >= 0.99', { unit: null, fieldLimit: 0.99 }, 'a ratio as it is'],
    ['a.connect.peakPerS > 200/s', { limit: 200, unit: '/s' }, 'a rate'],
    ['a.latency.responseMs.count > 10', { fieldLimit: 10 }, 'how many there are is a count'],
    [
      'a.connect.failed.ECONNRESET == 0',
      { path: ['connect', 'failed', 'ECONNRESET'] },
      'names of a run are free',
    ],
    ['a.closes.1006.count < 3', { path: ['closes', '1006', 'count'] }, 'codes of closes are names'],
    ['a.herds.t99Ms < 10s', { path: ['herds', 't99Ms'], fieldLimit: 10_000 }, 'a list is passed through'],
    ['a.ordering.lateMs.p99 < 1s', { fieldLimit: 1000 }, 'a summary of the disorder'],
    ['a.ordering.nReordering.3 == 0', { path: ['ordering', 'nReordering', '3'] }, 'a degree by its number'],
    ['a.ordering.replicatedRate < 1%', { fieldLimit: 0.01 }, 'a ratio by the name that its RFC gave it'],
    ['a.ordering.duplicationFraction < 1%', { fieldLimit: 0.01 }, 'another'],
    ['a.ordering.headOfLineDelayMs.p99 < 1s', { fieldLimit: 1000 }, 'the delay of a buffer is in ms'],
    ['a.fanout.reachRatio >= 99%', { fieldLimit: 0.99 }, 'the reach of a broadcast'],
    ['a.ceiling.found == 1', { limit: 1 }, 'true and false are 1 and 0'],
    ['eu.west-1.clients.peak > 5', { phase: 'eu.west-1', path: ['clients', 'peak'] }, 'a phase with a dot'],
    ['  a.clients.peak>=-5  ', { text: 'a.clients.peak>=-5', op: '>=', limit: -5 }, 'spaces do not matter'],
    ['a.clients.peak != 1e3', { op: '!=', limit: 1000 }, 'an exponent'],
  ];
  test.each(rows)('%s: %o, %s', (text, expected) => {
    expect(rule(text)).toMatchObject(expected);
  });

  test('in any spelling of the same parts', () => {
    const paths = fieldPaths().map((path) => path.replaceAll('<key>', 'KEY'));
    const parts = fc.record({
      phase: fc.constantFrom('*', 'single', 'eu.west', 'phase-1'),
      path: fc.constantFrom(...paths),
      op: fc.constantFrom(...OPERATORS),
      limit: fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((limit) => (limit === 0 ? 0 : limit)),
      gap: fc.constantFrom('', ' ', '   '),
    });
    fc.assert(
      fc.property(parts, ({ phase, path, op, limit, gap }) => {
        const read = rule(`${gap}${phase}.${path}${gap}${op}${gap}${limit}${gap}`);
        expect(read).toMatchObject({
          phase,
          path: path.split('.'),
          op,
          limit,
          unit: null,
          fieldLimit: limit,
        });
        expect(rule(read.text)).toEqual(read);
      }),
    );
  });
});

describe('a rule that cannot be read shows where', () => {
  const rows: [string, string, string][] = [
    ['', '^', 'a rule begins with a phase'],
    ['latency', '^^^^^^^', 'a rule begins with a phase'],
    ['single.latncy.responseMs.p99 < 5ms', '       ^^^^^^', 'a phase has no "latncy"; did you mean latency?'],
    ['single.p99 < 5ms', '       ^^^', 'did you mean connect.latencyMs.p99 or latency.responseMs.p99'],
    ['single.latency.responseMs < 5ms', '               ^^^^^^^^^^', 'go on with count, min, mean'],
    ['single.latency.responseMs.p99.x < 5', '                              ^', 'nothing stands below'],
    [
      'single.latency.responseMs.p9999 < 5',
      '                          ^^^^^',
      'latency.responseMs has no "p9999"; did you mean p999?',
    ],
    ['single.topology.kind == 5', '                ^^^^', 'topology.kind is not a number'],
    ['single.leak.slope < 5', '            ^^^^^', 'leak has no "slope"; it has cycles, found or processes'],
    ['single.herds.0.t99Ms < 5s', '             ^', 'a rule holds for each element of a list; leave out "0"'],
    ['eu.west.latency.respnseMs.p99 < 5', '                ^^^^^^^^^', 'did you mean responseMs?'],
    ['*.x.clients.peak > 5', '  ^', 'a phase has no "x"'],
    ['single.clients.peak 5', '                    ^', 'one of < <= > >= == != must stand here'],
    ['single.clients.peak = 5', '                    ^', 'write =='],
    ['single.clients.peak =< 5', '                    ^^', 'one of'],
    ['single.clients.peak', '                   ^', 'one of'],
    ['single.clients.peak > many', '                      ^^^^', 'a number must stand here'],
    ['single.clients.peak >', '                     ^', 'a number must stand here'],
    [
      'single.clients.peak > 5ms',
      '                       ^^',
      'clients.peak is not measured in ms; it has no unit',
    ],
    ['a.herds.t99Ms < 5%', '                 ^', 'herds.t99Ms is not measured in %; write ms, s or no unit'],
    ['a.latency.responseMs.count > 5ms', '                              ^^', 'it has no unit'],
    [
      'a.herds.t99Ms < 5 parsecs',
      '                  ^^^^^^^',
      '"parsecs" is not a unit; write ms, s or no unit',
    ],
    ['a.closes.constructor < 5', '         ^^^^^^^^^^^', 'is not one number; go on with count or reasons'],
  ];
  test.each(rows)('%s', (text, pointer, message) => {
    const fault = readRule(text);
    const [what, shown, where] = faultLines(fault as Exclude<typeof fault, { op: unknown }>);
    expect(what).toContain(message);
    expect(shown).toBe(`  ${text}`);
    expect(where).toBe(`  ${pointer}`);
  });

  test('all of them together, as wrong usage', () => {
    const read = () => parseRules(['single.x < 1', '*.ordering.missing == 0', 'single.y < 1']);
    expect(read).toThrow(WsscaleError);
    expect(read).toThrow(expect.objectContaining({ code: 'USAGE', message: '2 gate rules cannot be read' }));
    expect(read).toThrow(expect.objectContaining({ details: expect.arrayContaining(['  single.y < 1']) }));
  });

  test('whatever the text is, it is read or it is a fault within the text', () => {
    const near = fc.array(
      fc.constantFrom(
        'single',
        '.',
        'latency',
        'responseMs',
        'p99',
        '<',
        '=',
        ' ',
        '5',
        'ms',
        '%',
        '*',
        '\n',
        '\u001b',
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          near.map((words) => words.join('')),
        ),
        (text) => {
          const read = readRule(text);
          if (!isFault(read)) return;
          expect(read.start).toBeGreaterThanOrEqual(0);
          expect(read.end).toBeGreaterThanOrEqual(read.start);
          expect(read.end).toBeLessThanOrEqual(text.length);
          expect(faultLines(read).join('')).not.toContain('\u001b');
        },
      ),
    );
  });
});

test('the fields come from the record’s schema', () => {
  const paths = fieldPaths();
  expect(paths).toEqual(
    expect.arrayContaining(['latency.oneWayMs.p999', 'closes.<key>.reasons.<key>', 'server.processes.cpuS']),
  );
  expect(paths).not.toEqual(expect.arrayContaining(['name']));
});
