import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { settingsFor } from '../../src/settings/index.ts';
import { samplePlan } from './sample-plan.ts';

const settings = (change: (plan: ReturnType<typeof samplePlan>) => void = () => {}) => {
  const plan = samplePlan();
  change(plan);
  return settingsFor(plan, 'stateless');
};

function values(conf: string): Record<string, string> {
  const lines = conf.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => line.split(' = ') as [string, string]));
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is what is tested
function objects(yaml: string): Record<string, any> {
  const all = parseAllDocuments(yaml).map((document) => document.toJS());
  return Object.fromEntries(all.map((object) => [object.kind, object]));
}

describe('sysctl.d', () => {
  test('holds as many as the plan puts on a node and a balancer when one of them is lost', () => {
    const sysctl = values(settings()['sysctl.d/99-websocket.conf']);
    // A node takes 500 a second, and a client waits 10 s: 5,000, of which the next power of two.
    expect(sysctl['net.core.somaxconn']).toBe('8192');
    expect(sysctl['net.ipv4.tcp_max_syn_backlog']).toBe('8192');
    expect(sysctl['net.ipv4.ip_local_port_range']).toBe('1024 65535');
    // Two pages for each of 250,000 / 8, and a quarter of 4 GB.
    expect(sysctl['net.ipv4.tcp_mem'].split(' ').map(Number)).toEqual([62_500, 162_322, 262_144]);
    expect(Number(sysctl['-net.netfilter.nf_conntrack_max'])).toBeGreaterThanOrEqual(1.5 * 500_000);
    expect(Number(sysctl['fs.file-max'])).toBeGreaterThanOrEqual(2 * 500_000);
    expect(sysctl['fs.nr_open']).toBeUndefined();
  });

  test('lets a queue be no longer than what comes where nodes are fast', () => {
    const { 'sysctl.d/99-websocket.conf': conf } = settings(({ recovery }) => {
      recovery.zone = null;
      if (recovery.node !== null) {
        recovery.node.acceptsPerS = 1e6;
        recovery.node.today.peakAttemptsPerS = 16_000;
      }
    });
    // 16,000 in a second, over 8 nodes.
    expect(values(conf)['net.core.somaxconn']).toBe('2048');
    expect(conf).toContain('2,000 connects come to a node');
  });

  test('lifts what a process may open where a node has more', () => {
    const { 'sysctl.d/99-websocket.conf': conf } = settings(({ demand }) => {
      demand.node.descriptors = 3_000_000;
    });
    expect(values(conf)['fs.nr_open']).toBe(String(2 ** 22));
    expect(Number(values(conf)['fs.file-max'])).toBeGreaterThanOrEqual(6_000_000);
  });

  test('says of each value where it is from', () => {
    const lines = settings()['sysctl.d/99-websocket.conf'].split('\n');
    for (const [i, line] of lines.entries()) if (line.includes(' = ')) expect(lines[i - 1]).toMatch(/^# /);
  });
});

test('open files are those that the plan counts on', () => {
  const { 'limits.d/99-websocket.conf': limits, 'systemd/websocket.service.d/limits.conf': unit } =
    settings();
  expect(limits).toContain('websocket hard nofile 65536');
  expect(unit).toContain('LimitNOFILE=65536');
  expect(unit).toContain('MemoryMax=4294967296');
  // 18.4 s until 99 % of the users of a node are back, and 10.
  expect(unit).toContain('TimeoutStopSec=29');
});

describe('nginx.conf', () => {
  const { 'nginx.conf': conf } = settings();

  test('has the nodes of the plan, in turn from each zone', () => {
    const servers = [...conf.matchAll(/server (10\.[\d.]+):8080 max_conns=34100/g)].map(
      ([, address]) => address,
    );
    expect(servers).toHaveLength(9);
    expect(servers.slice(0, 4)).toEqual(['10.0.1.1', '10.1.1.1', '10.2.1.1', '10.0.1.2']);
  });

  test('has room for two connections of each user when another balancer is lost', () => {
    const [, workers] = conf.match(/worker_processes (\d+)/) ?? [];
    const [, connections] = conf.match(/worker_connections (\d+)/) ?? [];
    const [, files] = conf.match(/worker_rlimit_nofile (\d+)/) ?? [];
    expect(Number(workers) * Number(connections)).toBeGreaterThanOrEqual(2 * 250_000 * 1.25);
    expect(Number(files)).toBeGreaterThan(Number(connections));
  });

  test('routes as the record did', () => {
    expect(conf).toContain('least_conn;');
    expect(settingsFor(samplePlan(), 'sticky')['nginx.conf']).toContain('ip_hash;');
  });

  test('connects from several addresses where one has too few ports', () => {
    const several = settings(({ tiers }) => {
      tiers[1].each.sourceAddresses = 3;
    })['nginx.conf'];
    expect(several).toContain('proxy_bind $source_address;');
    expect(several.match(/33\.33% 10\.0\.0\.1\d;/g)).toHaveLength(2);
    expect(conf).not.toContain('proxy_bind');
  });
});

describe('Kubernetes', () => {
  test('runs pods of the size of a node, apart from one another, and ends them one by one', () => {
    const { Deployment, PodDisruptionBudget } = objects(settings()['kubernetes/websocket.yaml']);
    const pod = Deployment.spec.template.spec;
    expect(pod.containers[0].resources).toEqual({
      requests: { cpu: '1', memory: '4Gi' },
      limits: { memory: '4Gi' },
    });
    expect(pod.topologySpreadConstraints[0].topologyKey).toBe('topology.kubernetes.io/zone');
    expect(pod.terminationGracePeriodSeconds).toBe(10 + 19 + 10);
    expect(pod.containers[0].readinessProbe.httpGet.path).toBe('/health');
    expect(PodDisruptionBudget.spec.maxUnavailable).toBe(1);
    // The autoscaler says how many.
    expect(Deployment.spec.replicas).toBeUndefined();
  });

  test('comes to the nodes of the plan when all of its users are here', () => {
    const { HorizontalPodAutoscaler } = objects(settings()['kubernetes/autoscaling.yaml']);
    const { minReplicas, maxReplicas, metrics } = HorizontalPodAutoscaler.spec;
    const [{ pods }] = metrics;
    expect(pods.metric.name).toBe('websocket_connections_active');
    expect(Math.ceil(250_000 / Number(pods.target.averageValue))).toBe(9);
    expect(minReplicas).toBe(3);
    // 250,000 over 31,900 at the least are 8, one to spare, and that once more.
    expect(maxReplicas).toBe(10);
  });

  test('in one zone spreads over machines only', () => {
    const { Deployment } = objects(
      settings(({ demand }) => {
        demand.zonesPerRegion = 1;
      })['kubernetes/websocket.yaml'],
    );
    const keys = Deployment.spec.template.spec.topologySpreadConstraints.map(
      ({ topologyKey }: { topologyKey: string }) => topologyKey,
    );
    expect(keys).toEqual(['kubernetes.io/hostname']);
  });
});

test('a plan of one node alone has settings, too', () => {
  const alone = settings((plan) => {
    plan.demand = { ...plan.demand, users: 500, zonesPerRegion: 1, spareNodes: 0 };
    plan.tiers = [{ ...plan.tiers[0], count: 1, perRegion: 1, sparePerRegion: 0 }];
    plan.tiers[0].each.connections = 500;
    plan.recovery = { node: null, zone: null, region: null };
    plan.nodes = plan.nodesPerRegion = 1;
  });
  for (const text of Object.values(alone)) expect(text).not.toMatch(/NaN|Infinity|undefined|null/);
  expect(alone['nginx.conf'].match(/ {4}server 10\./g)).toHaveLength(1);
});
