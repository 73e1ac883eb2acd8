import { describe, expect, it } from 'vitest';
import { toMarkdown } from '../../src/report/markdown.ts';
import { HOSTILE, hostileRecord } from './hostile-record.ts';
import { barePhase, invalidPhase, samplePhase } from './sample-phase.ts';
import { emptyRecord, ladderRecord, sampleRecord } from './sample-record.ts';

describe('summary.md', () => {
  it('begins with the verdict, then the answer of each phase', () => {
    const lines = toMarkdown(sampleRecord()).split('\n');
    expect(lines[0]).toBe('## ❌ FAIL: ladder');
    expect(lines[4]).toMatch(/^- \*\*single\*\*: Holds 1,843 connections \(to within 0.05 %\);/);
  });

  it('compares the phases', () => {
    const record = sampleRecord();
    record.phases.push({ ...invalidPhase(), name: 'cluster' }, barePhase());
    const text = toMarkdown(record);
    expect(text).toContain('|  | single | cluster | target |');
    expect(text).toContain('| response p99 | 25.8 ms | INVALID (generator) | – |');
  });

  it('has what a connection takes at either end and in the kernel', () => {
    const text = toMarkdown({ ...sampleRecord(), phases: [samplePhase(), barePhase()] });
    expect(text).toContain('| per connection | 13.9 KB | – |');
    expect(text).toContain('| at the generator | 8.91 KB | – |');
    expect(text).toContain('| kernel, a socket | 3.38 KB | – |');
  });

  it('has rooms beside none', () => {
    const text = toMarkdown(ladderRecord());
    expect(text).toContain('| made of | 1 node | 4 nodes, sticky, nginx, Redis |');
    expect(text).toContain('| reach | – | 99.98 % |');
  });

  it('keeps the columns of its tables, and all markup in the record text', () => {
    const text = toMarkdown(hostileRecord());
    const outside = text.replace(/^````*sh\n.*\n````*$/m, '');
    expect(outside).not.toContain('<script');
    expect(outside).not.toContain('<img');
    expect(outside).not.toContain('`');
    expect(outside).not.toContain('](');
    const tables = outside.split(/\n(?!\|)/).filter((block) => block.includes('\n|'));
    for (const table of tables) {
      const widths = table
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .map((line) => line.split('|').length);
      expect(new Set(widths).size).toBe(1);
    }
    expect(tables.length).toBeGreaterThanOrEqual(4);
  });

  it('fences the command so that it cannot end its fence', () => {
    const record = sampleRecord();
    record.run.command = HOSTILE;
    expect(toMarkdown(record)).toMatch(/\n````sh\n.*```.*\n````\n/);
  });

  it('stays below what GitHub takes', () => {
    const record = hostileRecord();
    const long = '|'.repeat(10_000);
    record.findings = Array.from({ length: 1000 }, () => ({
      ...record.findings[0],
      title: long,
      detail: long,
      evidence: long,
    }));
    record.verdict.rules = Array.from({ length: 1000 }, () => ({
      ...record.verdict.rules[0],
      rule: long,
      reason: long,
    }));
    expect(Buffer.byteLength(toMarkdown(record))).toBeLessThan(1024 * 1024);
    expect(toMarkdown(record)).toContain('… and 950 more in record.json.');
  });

  it('says that no phase was run', () => {
    expect(toMarkdown(emptyRecord())).toContain('No phase was run.');
  });
});
