import type { Finding, Phase } from '../model/record.ts';

/** A finding about a phase. `kind` is for programs, the title and the rest for people. */
export function finding(
  phase: Phase,
  kind: string,
  severity: Finding['severity'],
  title: string,
  text: Pick<Finding, 'detail' | 'evidence'>,
): Finding {
  return { phase: phase.name, kind, severity, title, ...text };
}
