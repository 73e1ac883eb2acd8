/**
 * `kubernetes/autoscaling.yaml`: as many pods as there are users for, and `kubernetes/prometheus-adapter.yaml`, by which
 * Kubernetes learns how many those are.
 */

import { formatCount } from '../base/units.ts';
import type { CapacityPlan } from '../capacity/capacity-plan.ts';
import { type Manifest, manifests } from './manifest.ts';
import { type Needs, needsOf } from './needs.ts';
import { SERVICE_NAME } from './places.ts';

/** A gauge of each server (docs/monitoring.md). */
const METRIC = 'websocket_connections_active';

/** Peaks are followed by the next: pods that are gone are missed by those who lost their connection. */
const SETTLE_S = 600;
const SCALE_UP_S = 30;

export function autoscalingYaml(plan: CapacityPlan): string {
  const needs = needsOf(plan);
  return manifests(
    [`Needs the metric ${METRIC} of each pod: see prometheus-adapter.yaml.`],
    [autoscaler(plan, needs)],
  );
}

function autoscaler(plan: CapacityPlan, { connections, holders, returnS }: Needs): Manifest {
  const { count, spare, zones } = holders;
  const most = Math.max(count, nodesAtLeastRoom(plan)) + Math.max(1, spare);
  const periodSeconds = Math.min(1800, Math.max(60, returnS.value));
  return {
    words: `At ${formatCount(connections)} connections a pod there are ${count} pods when all users of the plan are here, the ${spare} to spare among them. Connections stay where they are: a new pod gets only new ones, so the mean is over all pods.`,
    body: {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: SERVICE_NAME },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: SERVICE_NAME },
        minReplicas: Math.min(count, Math.max(2, zones, spare + 1)),
        maxReplicas: most,
        metrics: [
          {
            type: 'Pods',
            pods: {
              metric: { name: METRIC },
              target: { type: 'AverageValue', averageValue: String(connections) },
            },
          },
        ],
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            policies: [{ type: 'Percent', value: 100, periodSeconds: SCALE_UP_S }],
          },
          scaleDown: {
            stabilizationWindowSeconds: SETTLE_S,
            policies: [{ type: 'Pods', value: 1, periodSeconds }],
          },
        },
      },
    },
    notes: {
      'spec.minReplicas': 'One in each zone, and no fewer than those to spare and one.',
      'spec.maxReplicas':
        'If a node has only as much room as the plan is sure of, and those to spare once more for a deployment.',
      'spec.behavior.scaleDown': `Each pod that goes sends its users to the others: one at a time, and the next when they are back (${returnS.value} s; ${returnS.words}).`,
    },
  };
}

/** Nodes of a region if they have only the room that the plan is sure of. */
function nodesAtLeastRoom({ demand, binding, usersPerNode, nodesPerRegion }: CapacityPlan): number {
  const { low } = binding.usersPerNode;
  if (low === null || low < 1) return nodesPerRegion;
  return Math.ceil(demand.users / demand.regions / Math.min(low, usersPerNode)) + demand.spareNodes;
}

/** Values for the chart prometheus-community/prometheus-adapter. */
export function prometheusAdapterYaml(): string {
  return manifests(
    [
      'Values for the Helm chart prometheus-community/prometheus-adapter: Prometheus has to scrape /metrics of the pods with the labels namespace and pod.',
    ],
    [
      {
        words: null,
        body: {
          rules: {
            custom: [
              {
                seriesQuery: `${METRIC}{namespace!="",pod!=""}`,
                resources: {
                  overrides: { namespace: { resource: 'namespace' }, pod: { resource: 'pod' } },
                },
                name: { as: METRIC },
                metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)',
              },
            ],
          },
        },
      },
    ],
  );
}
