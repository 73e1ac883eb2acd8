/**
 * What a connection takes: in the processes of either end, and in the kernel beside them.
 */

import { formatBytes } from '../base/units.ts';
import type { Phase } from '../model/record.ts';
import type { Quantity } from './quantity.ts';
import { shown } from './value.ts';

/** `2.40 KB a connection in the generator, 2.31 KB in the server, 4.06 KB each end in the kernel`; null if unknown. */
export function memoryInWords({ generator, server, memory }: Phase): string | null {
  const parts: [bytes: number | null | undefined, where: string][] = [
    [generator.bytesPerConnection, 'in the generator'],
    [server?.bytesPerConnection, 'in the server'],
    [memory?.kernelBytesPerSocket, kernelInWords(memory?.socketsPerConnection ?? null)],
  ];
  const known = parts.flatMap(([bytes, where]) =>
    bytes == null ? [] : [{ size: formatBytes(bytes), where }],
  );
  if (known.length === 0) return null;
  return known.map(({ size, where }, i) => `${size}${i === 0 ? ' a connection' : ''} ${where}`).join(', ');
}

/** Both ends are here where a connection has two sockets; a balancer between them has two more. */
function kernelInWords(socketsPerConnection: number | null): string {
  const sockets = Math.round(socketsPerConnection ?? 1);
  if (sockets === 1) return 'in the kernel';
  return sockets === 2 ? 'each end in the kernel' : `for each of its ${sockets} sockets in the kernel`;
}

/** Rows about the ends beside the server's; none where no phase has them. */
export function memoryQuantities(phases: Phase[]): Quantity[] {
  return BESIDE_SERVER.filter(({ of }) => phases.some((phase) => of(phase) !== null)).map(
    ({ label, of }) => ({ label, of: (phase) => shown(of(phase), formatBytes) }),
  );
}

const BESIDE_SERVER: { label: string; of: (phase: Phase) => number | null }[] = [
  { label: 'at the generator', of: ({ generator }) => generator.bytesPerConnection },
  { label: 'kernel, a socket', of: ({ memory }) => memory?.kernelBytesPerSocket ?? null },
];
