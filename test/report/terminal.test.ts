import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/model/record.ts';
import { toTerminal } from '../../src/report/terminal.ts';
import { hostileRecord } from './hostile-record.ts';
import { clusterPhase } from './sample-cluster.ts';
import { barePhase, invalidPhase, samplePhase } from './sample-phase.ts';
import { emptyRecord, ladderRecord, sampleRecord } from './sample-record.ts';

const PLAIN = { color: false, columns: 80 };

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes that set colours
const COLORS = /\u001b\[\d+m/g;

function ladder(): RunRecord {
  const record = sampleRecord();
  const long = { ...samplePhase(), name: 'a-phase-whose-name-is-longer-than-a-column-is-wide' };
  record.phases.push({ ...invalidPhase(), name: 'cluster' }, barePhase(), long, {
    ...samplePhase(),
    name: 'edge',
  });
  return record;
}

/** All rungs, the upper ones as hard to show as a phase may be. */
function allRungs(): RunRecord {
  const record = ladderRecord();
  record.phases.push(
    { ...clusterPhase(), name: 'regions', generator: invalidPhase().generator },
    { ...clusterPhase(), name: 'edge' },
  );
  return record;
}

describe('the terminal', () => {
  it.each([
    ['the sample', sampleRecord, 80],
    ['single and cluster', ladderRecord, 80],
    ['four rungs', allRungs, 80],
    ['four rungs', allRungs, 40],
    ['five phases', ladder, 80],
    ['five phases', ladder, 60],
    ['five phases', ladder, 40],
    ['five phases', ladder, 200],
    ['a hostile record', hostileRecord, 80],
    ['a run without phases', emptyRecord, 80],
  ])('fits %s into the columns (%#)', (_name, make, columns) => {
    const lines = toTerminal(make(), { color: false, columns }).split('\n');
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
  });

  it('begins with the verdict and the answer', () => {
    const [verdict, , answer, more] = toTerminal(sampleRecord(), PLAIN).split('\n');
    expect(verdict).toBe('FAIL  ladder: 2 of 4 rules hold, 1 failed, 1 could not be judged.');
    expect(`${answer} ${more.trim()}`).toContain(
      'single  Holds 1,843 connections (to within 0.05 %); file descriptors of the server bound it.',
    );
  });

  it('has all phases side by side, or one below the other where they do not fit', () => {
    const heads = toTerminal(ladder(), PLAIN)
      .split('\n')
      .filter((line) => /^│ +│ /.test(line) && !/[()]/.test(line));
    expect(heads.filter((line) => line.includes('single'))).toHaveLength(1);
    expect(heads.filter((line) => line.includes('edge'))).toHaveLength(1);
  });

  it('has four rungs side by side, and no word of them broken', () => {
    const lines = toTerminal(allRungs(), PLAIN).split('\n');
    const heads = lines.filter((line) => /^│ +│ +single │ +cluster │ +regions │ +edge │$/.test(line));
    expect(heads).toHaveLength(1);
    const cells = lines.filter((line) => line.startsWith('│')).join('');
    for (const word of ['descriptors', 'recipient', 'recovered', '(generator)', '(±4.00 %)']) {
      expect(cells).toContain(word);
    }
  });

  it('has the value of each rule, or the reason why there is none', () => {
    const lines = toTerminal(sampleRecord(), PLAIN).split('\n');
    expect(lines).toContain('✗  *.ordering.missing == 0               3');
    expect(lines).toContain('?  single.fanout.lastMs.p99 < 200ms      the phase has no fanout');
  });

  it('has what a connection takes, in a line for each phase that tells', () => {
    const lines = (record: RunRecord) =>
      toTerminal(record, { color: false, columns: 110 })
        .split('\n')
        .filter((line) => line.startsWith('memory'));
    const taken =
      '8.91 KB a connection in the generator, 13.9 KB in the server, 3.38 KB each end in the kernel';
    expect(lines(sampleRecord())).toEqual([`memory  ${taken}`]);
    const several = { ...sampleRecord(), phases: [samplePhase(), barePhase()] };
    expect(lines(several)).toEqual([`memory  single: ${taken}`]);
  });

  it('lets no control character of the record through', () => {
    const text = toTerminal(hostileRecord(), PLAIN);
    expect(CONTROL.exec(text)).toBeNull();
    const colored = toTerminal(hostileRecord(), { color: true, columns: 80 });
    expect(CONTROL.exec(colored.replace(COLORS, ''))).toBeNull();
  });

  it('says the same with and without colours', () => {
    const colored = toTerminal(ladder(), { color: true, columns: 80 });
    expect(colored).not.toBe(toTerminal(ladder(), PLAIN));
    expect(colored.replace(COLORS, '')).toBe(toTerminal(ladder(), PLAIN));
  });

  it('says that no phase was run', () => {
    const blocks = toTerminal(emptyRecord(), PLAIN).split('\n\n');
    expect(blocks).toHaveLength(2);
    expect(blocks[0]).toMatch(/^INCONCLUSIVE {2}ladder: The run ended before its plan was done/);
    expect(blocks[1]).toBe('No phase was run.\n');
  });
});
