import { describe, expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';

describe('the command as it stands in a record', () => {
  const rows: [args: string[], line: string][] = [
    [['attack', '--clients', '10'], 'wsscale attack --clients 10'],
    [['attack', '--gate', 'a.clients.peak > 5'], "wsscale attack --gate 'a.clients.peak > 5'"],
    [['attack', '--redis', 'redis://h:6379/1'], 'wsscale attack --redis redis://h:6379/1'],
    [
      ['attack', '--redis', 'redis://me:hunter2@h:6379/1'],
      "wsscale attack --redis 'redis://<redacted>@h:6379/1'",
    ],
    [['attack', '--redis=rediss://:hunter2@h'], "wsscale attack '--redis=rediss://<redacted>@h'"],
    [['attack', '--broker', 'redis://me:hunter2@h'], "wsscale attack --broker 'redis://<redacted>@h'"],
    [['attack', '--broker=redis'], 'wsscale attack --broker=redis'],
    [['attack', '--target', 'ws://h/?token=hunter2'], "wsscale attack --target 'ws://h/?token=<redacted>'"],
    [
      ['gate', '--compare', 'base=ws://me:hunter2@h/', 'head=wss://h/?token=hunter2'],
      "wsscale gate --compare 'base=ws://<redacted>@h/' 'head=wss://h/?token=<redacted>'",
    ],
    [['gate', '--compare=base=ws://h/?hunter2'], "wsscale gate '--compare=base=ws://h/?<redacted>'"],
    [['attack', '--header', 'Cookie: hunter2'], "wsscale attack --header 'Cookie: <redacted>'"],
  ];
  test.each(rows)('%j', (args, line) => {
    expect(commandLine(args)).toBe(line);
    expect(commandLine(args)).not.toContain('hunter2');
  });
});
