/**
 * The settings that a plan needs, as files: what the kernel, the service manager, the balancer and Kubernetes have to be
 * told so that its nodes hold what the plan puts there.
 */

import type { CapacityPlan } from '../capacity/capacity-plan.ts';
import { autoscalingYaml, prometheusAdapterYaml } from './autoscaling.ts';
import { kubernetesYaml } from './kubernetes.ts';
import { limitsConf, systemdDropIn } from './limits.ts';
import { nginxConf, type Routing } from './nginx.ts';
import { sysctlConf } from './sysctl.ts';

/** Texts by the paths of their files. */
export function settingsFor(plan: CapacityPlan, routing: Routing): Record<string, string> {
  return {
    'sysctl.d/99-websocket.conf': sysctlConf(plan),
    'limits.d/99-websocket.conf': limitsConf(plan),
    'systemd/websocket.service.d/limits.conf': systemdDropIn(plan),
    'nginx.conf': nginxConf(plan, routing),
    'kubernetes/websocket.yaml': kubernetesYaml(plan),
    'kubernetes/autoscaling.yaml': autoscalingYaml(plan),
    'kubernetes/prometheus-adapter.yaml': prometheusAdapterYaml(),
  };
}
