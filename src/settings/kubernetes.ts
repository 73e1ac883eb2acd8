/**
 * `kubernetes/websocket.yaml`: what runs the servers of one region, keeps its nodes apart, and takes them away one after the
 * other.
 */

import { formatBytes, formatCount } from '../base/units.ts';
import type { CapacityPlan, Prediction, Tier } from '../capacity/capacity-plan.ts';
import { type Manifest, manifests } from './manifest.ts';
import { holdersOf, type Needs, needsOf } from './needs.ts';
import { SERVICE_NAME, SERVICE_PORT } from './places.ts';

/** How long it takes until nobody sends new clients to a pod that is to end. */
const UNLISTED_S = 10;
/** What is left for the process to end. */
const GOODBYE_S = 10;

export function kubernetesYaml(plan: CapacityPlan): string {
  const needs = needsOf(plan);
  const backend = plan.tiers.find(({ name }) => name === 'backend') ?? null;
  return manifests(
    [
      `The servers${plan.demand.regions === 1 ? '' : ' of one region; each of the others has the same'}. Replace the image by yours.`,
      'A pod is a node of the plan. Its open files are what the container runtime allows (LimitNOFILE of containerd), and its kernel settings those of the machine and of the kubelet: see sysctl.d/99-websocket.conf.',
    ],
    [
      service(plan),
      deployment(plan, needs),
      budget(needs),
      ...(backend === null ? [] : [backends(plan, backend)]),
    ],
  );
}

const LABELS = { 'app.kubernetes.io/name': SERVICE_NAME };

function service({ demand }: CapacityPlan): Manifest {
  return {
    words: `The clients’ way in${demand.tls ? '; TLS has to end before the pods, or in them' : ''}. Behind a balancer of your own (nginx.conf) type: ClusterIP is enough.`,
    body: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: SERVICE_NAME, labels: LABELS },
      spec: {
        type: 'LoadBalancer',
        selector: LABELS,
        ports: [{ name: SERVICE_NAME, port: demand.tls ? 443 : 80, targetPort: SERVICE_NAME }],
      },
    },
  };
}

function deployment(plan: CapacityPlan, needs: Needs): Manifest {
  const { returnS, holders, connections, connectionsAtWorst } = needs;
  return {
    words: `${holders.count} pods at the plan's peak, of which ${holders.spare} may be lost: ${formatCount(connections)} connections each, ${formatCount(connectionsAtWorst)} at worst. How many there are says the autoscaler (autoscaling.yaml), and nothing here.`,
    body: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: SERVICE_NAME, labels: LABELS },
      spec: {
        minReadySeconds: returnS.value,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: LABELS },
        template: {
          metadata: { labels: LABELS },
          spec: {
            terminationGracePeriodSeconds: UNLISTED_S + returnS.value + GOODBYE_S,
            topologySpreadConstraints: spread(needs),
            containers: [container(plan)],
          },
        },
      },
    },
    notes: {
      'spec.minReadySeconds': `A deployment replaces a pod when the users of the one before are back: ${returnS.value} s (${returnS.words}).`,
      'spec.template.spec.terminationGracePeriodSeconds': `${UNLISTED_S} s in which it is taken off the lists, ${returnS.value} s to send its users away no faster than the others take them, ${GOODBYE_S} s to end.`,
      'spec.template.spec.containers.0.resources': resourceWords(holdersOf(plan)),
      'spec.template.spec.containers.0.livenessProbe':
        '/health also fails while a pod drains or its broker is away, and a restart would only make a storm of that.',
    },
  };
}

function container({ demand }: CapacityPlan) {
  const { cores, memoryBytes } = demand.node;
  const memory = quantityOfBytes(memoryBytes);
  return {
    name: SERVICE_NAME,
    image: `registry.example.com/${SERVICE_NAME}:1.0.0`,
    ports: [{ name: SERVICE_NAME, containerPort: SERVICE_PORT }],
    resources: { requests: { cpu: quantityOfCores(cores), memory }, limits: { memory } },
    readinessProbe: {
      httpGet: { path: '/health', port: SERVICE_NAME },
      periodSeconds: 5,
      timeoutSeconds: 2,
      failureThreshold: 2,
    },
    livenessProbe: {
      httpGet: { path: '/metrics', port: SERVICE_NAME },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    lifecycle: { preStop: { sleep: { seconds: UNLISTED_S } } },
  };
}

function resourceWords({ each }: Tier): string {
  const parts = [
    ...(each.memoryBytes === null ? [] : [`${ranged(each.memoryBytes, formatBytes)} of memory`]),
    ...(each.cores === null ? [] : [`${ranged(each.cores, (cores) => cores.toFixed(2))} cores`]),
  ];
  const uses = parts.length === 0 ? 'what it uses is not known' : `it uses ${parts.join(' and ')}`;
  return `What the plan gives a node; with all of them there, ${uses}. No limit of processor time: whoever is over it is stopped for a part of each tenth of a second, and all of its users wait.`;
}

function ranged({ value, low, high }: Prediction, format: (value: number) => string): string {
  return low === null || high === null
    ? format(value)
    : `${format(value)} (${format(low)} to ${format(high)})`;
}

/** Over zones evenly, and over machines where there is room. */
function spread({ holders }: Needs) {
  const over = (topologyKey: string, whenUnsatisfiable: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    labelSelector: { matchLabels: LABELS },
  });
  return [
    ...(holders.zones > 1 ? [over('topology.kubernetes.io/zone', 'DoNotSchedule')] : []),
    over('kubernetes.io/hostname', 'ScheduleAnyway'),
  ];
}

function budget({ holders }: Needs): Manifest {
  return {
    words: `Whoever empties machines may take ${Math.max(1, holders.spare)} at a time: so many are to spare.`,
    body: {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: SERVICE_NAME, labels: LABELS },
      spec: { maxUnavailable: Math.max(1, holders.spare), selector: { matchLabels: LABELS } },
    },
  };
}

/** Behind gateways: they hold no connection of a user, and may come and go. */
function backends({ demand }: CapacityPlan, tier: Tier): Manifest {
  const labels = { 'app.kubernetes.io/name': `${SERVICE_NAME}-backend` };
  const memory = quantityOfBytes(demand.node.memoryBytes);
  return {
    words: `Backends: ${tier.words}.`,
    body: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `${SERVICE_NAME}-backend`, labels },
      spec: {
        replicas: tier.perRegion,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'backend',
                image: `registry.example.com/${SERVICE_NAME}-backend:1.0.0`,
                ports: [{ name: 'http', containerPort: SERVICE_PORT }],
                resources: {
                  requests: { cpu: quantityOfCores(demand.node.cores), memory },
                  limits: { memory },
                },
                readinessProbe: { httpGet: { path: '/health', port: 'http' }, periodSeconds: 5 },
              },
            ],
          },
        },
      },
    },
  };
}

/** As Kubernetes writes it. */
function quantityOfBytes(bytes: number): string {
  const mebibytes = Math.floor(bytes / 2 ** 20);
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

function quantityOfCores(cores: number): string {
  return Number.isInteger(cores) ? String(cores) : `${Math.round(cores * 1000)}m`;
}
