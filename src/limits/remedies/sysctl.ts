/** Settings of the kernel: who may write them, and where they stand for good. */

import type { Readings } from '../readings.ts';
import { command, file, type Remedy } from './remedy.ts';

export const SYSCTL_FILE = '/etc/sysctl.d/90-websocket.conf';

/** What Kubernetes lets any pod set; other settings of the network have to be allowed at each kubelet. */
const SAFE_IN_PODS = ['net.ipv4.ip_local_port_range'];

/**
 * @param scope `network`: a container with a network of its own has its own value; `machine`: there is but one
 */
export function setSysctl(
  readings: Readings,
  name: string,
  value: number | string,
  scope: 'network' | 'machine',
): Remedy[] {
  const { container, rights } = readings;
  const typed = sysctlCommand(readings, name, value);
  const line = `${name} = ${value}`;
  if (container === null) {
    return [command('root, now', typed), file('root, for good', SYSCTL_FILE, line)];
  }
  const here = rights.mayWriteSysctl ? [command('root, now', typed)] : [];
  if (scope === 'network') return [...here, atItsStart(container, name, value)];
  return [
    ...(here.length > 0 ? here : [command('root, now', `${typed}   # on the host`)]),
    file('root, for good', `on the host: ${SYSCTL_FILE}`, line),
  ];
}

/** The command that does it now, as this user would type it. */
export function sysctlCommand({ rights }: Readings, name: string, value: number | string): string {
  return `${rights.isRoot ? '' : 'sudo '}sysctl -w ${name}=${quoted(value)}`;
}

/** What a container is told when it is started: what is written in there is gone with it. */
function atItsStart(
  container: NonNullable<Readings['container']>,
  name: string,
  value: number | string,
): Remedy {
  if (container !== 'kubernetes') {
    return command('a container', `${engineOf(container)} run --sysctl ${name}=${quoted(value)} …`);
  }
  const allow = SAFE_IN_PODS.includes(name) ? '' : `   # kubelet --allowed-unsafe-sysctls=${name}`;
  return file(
    'a container',
    'the pod: spec.securityContext.sysctls',
    `- {name: ${name}, value: "${value}"}${allow}`,
  );
}

export function engineOf(container: Readings['container']): 'docker' | 'podman' {
  return container === 'podman' ? 'podman' : 'docker';
}

function quoted(value: number | string): string {
  return typeof value === 'number' ? String(value) : `"${value}"`;
}
