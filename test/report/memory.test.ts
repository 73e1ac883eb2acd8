import { describe, expect, it } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import { memoryInWords, memoryQuantities } from '../../src/report/memory.ts';
import { barePhase, samplePhase } from './sample-phase.ts';

function phaseWith(sockets: number | null, said: Partial<Phase> = {}): Phase {
  const phase = { ...samplePhase(), ...said };
  Object.assign(phase.memory!, { socketsPerConnection: sockets, kernelBytesPerSocket: sockets && 4096 });
  return phase;
}

describe('what a connection takes, in words', () => {
  it.each([
    ['both ends are here', 2.01, '13.9 KB in the server, 4.00 KB each end in the kernel'],
    [
      'a balancer is between them',
      4,
      '13.9 KB in the server, 4.00 KB for each of its 4 sockets in the kernel',
    ],
    ['the kernel does not tell', null, '13.9 KB in the server'],
  ])('where %s', (_name, sockets, words) => {
    expect(memoryInWords(phaseWith(sockets))).toBe(`8.91 KB a connection in the generator, ${words}`);
  });

  it('has one end of a target', () => {
    const words = '8.91 KB a connection in the generator, 4.00 KB in the kernel';
    expect(memoryInWords(phaseWith(1, { server: null }))).toBe(words);
  });

  it('is nothing where nothing was measured', () => {
    expect(memoryInWords(barePhase())).toBe(null);
    expect(memoryQuantities([barePhase()])).toEqual([]);
  });
});
