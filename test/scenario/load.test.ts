import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WsscaleError } from '../../src/base/errors.ts';
import { loadScenario, parseScenario } from '../../src/scenario/load.ts';
import { errorLines, faultsOf, planOf, tempFile } from './fixtures.ts';

describe('a file', () => {
  test('is YAML', () => {
    const source = loadScenario(tempFile('a.yaml', '# comment\nphases:\n  - clients: 5\n'));
    expect(source).toMatchObject({ scenario: { phases: [{ clients: 5 }] }, problems: [] });
  });

  test('is JSON too', () => {
    const source = loadScenario(tempFile('a.json', '{"phases": [{"clients": 5}]}'));
    expect(source).toMatchObject({ scenario: { phases: [{ clients: 5 }] }, problems: [] });
  });

  test('may begin with a byte order mark', () => {
    expect(loadScenario(tempFile('bom.yaml', '\ufeffphases: [{}]')).problems).toEqual([]);
  });

  test('may say something once and refer to it', () => {
    const text = 'phases:\n  - name: a\n    herds: &broken [drop]\n  - name: b\n    herds: *broken\n';
    expect(parseScenario(text, 's.yaml')).toMatchObject({
      scenario: { phases: [{}, { herds: ['drop'] }] },
      problems: [],
    });
  });

  const unreadable: [sentence: string, file: () => string, part: string][] = [
    ['is not there', () => '/no/such/file.yaml', 'there is no such file'],
    ['is a folder', () => '/', 'it is a folder'],
    [
      'is not text',
      () => tempFile('a.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff])),
      'is not text in UTF-8',
    ],
    ['has zero bytes', () => tempFile('zero', 'phases:\0'), 'is not text in UTF-8'],
    ['does not end', () => '/dev/zero', 'is larger than 64 MB'],
    ['is too large', () => tempFile('large.yaml', `#${'x'.repeat(2 ** 20)}`), 'is too large for a scenario'],
    ['is empty', () => tempFile('empty.yaml', ''), 'is empty'],
    ['has nothing but comments', () => tempFile('comments.yaml', '# later\n'), 'is empty'],
  ];
  test.each(unreadable)('that %s', (_sentence, file, part) => {
    const [message] = errorLines(() => loadScenario(file()));
    expect(message).toContain(part);
  });
});

describe('a text that is not YAML', () => {
  const rows: [sentence: string, text: string, lines: string[]][] = [
    [
      'all places are told',
      'phases:\n  - name: a\n   clients: 3\n  - "open\n',
      [
        's.yaml:3:1: is not YAML: Sequence item without - indicator',
        's.yaml:5:1: is not YAML: Missing closing "quote',
      ],
    ],
    ['tabs', 'phases:\n\t- clients: 3\n', ['s.yaml:2:1: is not YAML: Tabs are not allowed as indentation']],
    [
      'two documents',
      'phases: [{}]\n---\nphases: [{}]\n',
      ['s.yaml:2:1: begins a second document; a file has one'],
    ],
    ['unknown tags', 'phases: [{}]\nname: !env NAME\n', ['s.yaml:2:7: is not YAML: Unresolved tag: !env']],
    [
      'aliases of nothing',
      'phases: [{herds: *broken}]\n',
      ['s.yaml:1:18: phases[0].herds: refers to &broken, which does not stand before it'],
    ],
    [
      'what stands before the break is checked',
      'nam: x\nphases:\n  - clients: many\n    rate: [\n',
      [
        's.yaml:1:1: nam: is no known key; did you mean name?',
        's.yaml:3:14: phases[0].clients: must be a number, but it is "many"',
      ],
    ],
  ];
  test.each(rows)('%s', (_sentence, text, lines) => {
    expect(errorLines(() => parseScenario(text, 's.yaml'))).toEqual(expect.arrayContaining(lines));
  });

  test('what may stand behind the break is not missed', () => {
    expect(errorLines(() => parseScenario('name: x\ngate: [\n', 's.yaml')).join()).not.toContain(
      'is missing',
    );
  });

  test('a bomb of aliases is not set off', () => {
    const line = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(of).join(', ')}]\n`;
    const names = [...'abcdefghi'];
    const bomb = names.map((name, i) => line(name, i === 0 ? 'x' : `*${names[i - 1]}`)).join('');
    expect(errorLines(() => parseScenario(bomb, 's.yaml')).join()).toContain(
      'cannot be expanded: Excessive alias count',
    );
  });

  test.each(['['.repeat(100_000), '- '.repeat(100_000), '{a: '.repeat(100_000)])(
    'a very deep nest is not entered',
    (text) => {
      expect(errorLines(() => parseScenario(text, 's.yaml'))[1]).toBe(
        's.yaml:1:1: is nested deeper than 50 levels',
      );
    },
  );

  test('whatever it is, it is read or it is a usage error', () => {
    const pieces = fc.constantFrom(
      'phases',
      ':',
      ' ',
      '\n',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '"',
      '&a',
      '*a',
      '!',
      '#',
      '|',
      'x',
      '5',
      '\t',
      '? ',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          planOf(text);
        } catch (error) {
          expect(error).toBeInstanceOf(WsscaleError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a value that does not fit', () => {
  const rows: [text: string, line: string][] = [
    ['phases: [{}]\nnam: x', 's.yaml:2:1: nam: is no known key; did you mean name?'],
    ['phases: [{clietns: 5}]', 's.yaml:1:11: phases[0].clietns: is no known key; did you mean clients?'],
    [
      'phases: [{connect-rate: 5}]',
      's.yaml:1:11: phases[0].connect-rate: is no known key; did you mean connectRate?',
    ],
    ['phases: [{herd: drop}]', 's.yaml:1:11: phases[0].herd: is no known key; did you mean herds?'],
    [
      'phases: [{}]\nclients: 5',
      's.yaml:2:1: clients: belongs into a phase, or into defaults for all of them',
    ],
    [
      'phases: [{}]\ndefaults: {name: x}',
      's.yaml:2:12: defaults.name: is no known key; here may stand target, clients',
    ],
    ['phases: [{}]\n__proto__: 5', 's.yaml:2:1: __proto__: is no known key'],
    ['phases: [{}]\nconstructor: 5', 's.yaml:2:1: constructor: is no known key'],
    ['phases: [{clients: many}]', 's.yaml:1:20: phases[0].clients: must be a number, but it is "many"'],
    ['phases: [{clients: 1.5}]', 's.yaml:1:20: phases[0].clients: must be a whole number, but it is 1.5'],
    ['phases: [{clients: 0}]', 's.yaml:1:20: phases[0].clients: must be at least 1, but it is 0'],
    ['phases: [{clients: .inf}]', 's.yaml:1:20: phases[0].clients: must be a number, but it is Infinity'],
    ['phases: [{connectRate: 0}]', 's.yaml:1:24: phases[0].connectRate: must be above 0, but it is 0'],
    ['phases: [{ceiling: yes}]', 's.yaml:1:20: phases[0].ceiling: must be true or false, but it is "yes"'],
    [
      'phases: [{duration: 30}]',
      's.yaml:1:21: phases[0].duration: must be a time like 500ms, 30s or 5m, but it is 30',
    ],
    [
      'phases: [{duration: 5 s}]',
      's.yaml:1:21: phases[0].duration: must be a time like 500ms, 30s or 5m, but it is "5 s"',
    ],
    [
      'phases: [{payload: binray}]',
      's.yaml:1:20: phases[0].payload: must be one of text, binary; did you mean binary?',
    ],
    [
      'phases: [{reconnect: often}]',
      's.yaml:1:22: phases[0].reconnect: must be one of none, fixed, exponential',
    ],
    ['phases: [{herds: drop}]', 's.yaml:1:18: phases[0].herds: must be a list, but it is "drop"'],
    [
      'phases: [{herds: [dorp]}]',
      's.yaml:1:19: phases[0].herds[0]: must be one of drop, kill, restart, drain, close, reset, blackhole, rolling, region; did you mean drop?',
    ],
    [
      'phases: [{herds: [{hold: 5s}]}]',
      's.yaml:1:19: phases[0].herds[0].trigger: is missing; it must be one of drop, kill',
    ],
    [
      'phases: [{herds: [{trigger: drop, share: 2}]}]',
      's.yaml:1:42: phases[0].herds[0].share: must be at most 1, but it is 2',
    ],
    [
      'phases: [{herds: [{trigger: drop, for: 2s}]}]',
      's.yaml:1:35: phases[0].herds[0].for: is no known key; here may stand trigger, share, hold, observe',
    ],
    ['phases: [{headers: {a b: x}}]', 's.yaml:1:21: phases[0].headers.a b: "a b" is not a header name'],
    ['phases: [{target: http://x}]', 's.yaml:1:19: phases[0].target: must begin with ws:// or wss://'],
    ['phases: [{subprotocol: ""}]', 's.yaml:1:24: phases[0].subprotocol: must not be empty, but it is ""'],
    [
      'phases: [{name: a b}]',
      's.yaml:1:17: phases[0].name: must be letters, digits, ".", "_" or "-", but it is "a b"',
    ],
    ['phases: [{herds: }]', 's.yaml:1:11: phases[0].herds: must be a list, but nothing stands after it'],
    ['phases: []', 's.yaml:1:9: phases: must have at least one element, but it is empty'],
    ['phases: [5]', 's.yaml:1:10: phases[0]: must be keys with values, but it is 5'],
    ['name: x', 's.yaml:1:1: phases: is missing; it must be a list'],
    ['just text', 's.yaml:1:1: must be keys with values, but it is "just text"'],
    ['phases: [{}]\ngate: [5]', 's.yaml:2:8: gate[0]: must be text, but it is 5'],
    ['phases: [{}]\nseed: -1', 's.yaml:2:7: seed: must be at least 0, but it is -1'],
    [
      'phases: [{rate: 1, size: 64, rate: 2}]',
      's.yaml:1:30: phases[0].rate: "rate" stands here twice; leave one of them out',
    ],
  ];
  test.each(rows)('%s', (text, line) => {
    expect(faultsOf(text)).toEqual([expect.stringContaining(line)]);
  });

  test('all of them are told at once, in the order of the file, those of the whole among them', () => {
    const text = [
      'gate:',
      '  - a.latency.responseMs.p99 < 5 parsecs',
      '  - b.ordering.missing == 0',
      'phases:',
      '  - name: a',
      '    clients: many',
      '    size: 10',
      '    herds: [{trigger: kill, share: 0.5}, dorp]',
      '  - name: a',
      '    rate: 1',
      '    rate: 2',
      'sede: 5',
    ].join('\n');
    expect(faultsOf(text, { workers: 0 })).toEqual([
      's.yaml:2:5: gate[0]: "parsecs" is not a unit; write ms, s or no unit',
      '  a.latency.responseMs.p99 < 5 parsecs',
      '                               ^^^^^^^',
      expect.stringContaining('s.yaml:3:5: gate[1]: "b.ordering.missing == 0": no phase "b" is run'),
      's.yaml:6:14: phases[0].clients: must be a number, but it is "many"',
      's.yaml:7:11: phases[0].size: is 10; a binary message needs 32 bytes for its envelope alone',
      's.yaml:8:13: phases[0].herds[0]: kill breaks all connections of a node; only drop has a share',
      's.yaml:8:42: phases[0].herds[1]: must be one of drop, kill, restart, drain, close, reset, blackhole, rolling, region; did you mean drop?',
      's.yaml:9:11: phases[1].name: another phase is called "a" too; give each a name of its own',
      's.yaml:11:5: phases[1].rate: "rate" stands here twice; leave one of them out',
      's.yaml:12:1: sede: is no known key; did you mean seed?',
      '--workers: must be at least 1, but it is 0',
    ]);
  });

  test('what is wrong elsewhere does not make a rule seem wrong', () => {
    const text = 'phases: [{name: 5}, {name: a b}]\ngate: ["5.ordering.missing == 0"]';
    expect(faultsOf(text)).toEqual([
      expect.stringContaining('phases[0].name'),
      expect.stringContaining('phases[1].name'),
    ]);
  });

  test('what may be a secret is not shown', () => {
    const text = 'phases: [{headers: {Authorization: [hunter2]}, target: "http://me:hunter2@x"}]';
    expect(faultsOf(text).join()).not.toContain('hunter2');
  });

  test('what could steer a terminal is not shown as it is', () => {
    expect(faultsOf('phases: [{payload: "\\e[2J"}]').join()).not.toContain('\u001b');
  });
});
