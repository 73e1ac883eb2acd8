/**
 * Open files for the server: `limits.d` for those who log in, a drop-in for a unit of systemd, which does not look there.
 */

import { formatCount } from '../base/units.ts';
import type { CapacityPlan } from '../capacity/capacity-plan.ts';
import { type Needs, needsOf } from './needs.ts';
import { SERVICE_NAME } from './places.ts';
import { commented } from './text.ts';

/** What a process has to end in after its last goodbye. */
const GOODBYE_S = 10;

/** `limits.d/99-websocket.conf`, for a server that somebody starts by hand. */
export function limitsConf(plan: CapacityPlan): string {
  const needs = needsOf(plan);
  return `${commented(
    'Copy to /etc/security/limits.d/ on each node; it counts for those who log in from then on. A service of systemd has its limits from its unit instead.',
  )}
${commented(openFiles(needs))}
${SERVICE_NAME} soft nofile ${needs.descriptors}
${SERVICE_NAME} hard nofile ${needs.descriptors}
`;
}

/** `systemd/websocket.service.d/limits.conf`. */
export function systemdDropIn(plan: CapacityPlan): string {
  const needs = needsOf(plan);
  const { value, words } = needs.returnS;
  return `${commented(
    `Copy to /etc/systemd/system/${SERVICE_NAME}.service.d/ on each node, then: systemctl daemon-reload.`,
  )}
[Service]
${commented(openFiles(needs))}
LimitNOFILE=${needs.descriptors}
${commented('A node that is out of memory is to be ended before its machine is: the plan gives it so much.')}
MemoryMax=${Math.floor(plan.demand.node.memoryBytes)}
${commented(`Time to say goodbye to all: ${value} s (${words}), and ${GOODBYE_S} s.`)}
TimeoutStopSec=${value + GOODBYE_S}
Restart=always
RestartSec=1
`;
}

function openFiles({ descriptors, descriptorsAtWorst, connectionsAtWorst }: Needs): string {
  return `The plan counts on ${formatCount(descriptors)} open files; ${formatCount(descriptorsAtWorst)} are used at worst, for ${formatCount(connectionsAtWorst)} connections.`;
}
