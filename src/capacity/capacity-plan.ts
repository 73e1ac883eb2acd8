/**
 * A capacity plan as data: what is asked for, what follows, how sure it is, and what each of it rests on.
 */

import type { Loss, Recoveries } from './loss.ts';

/** What is asked for. */
export interface Demand {
  /** Connected at once. */
  users: number;
  messagesPerUserPerS: number;
  sizeBytes: number;
  /** Users that a message goes to. */
  fanout: number;
  regions: number;
  zonesPerRegion: number;
  /** Nodes of each region that may be lost without being missed: N+1, N+2. */
  spareNodes: number;
  /** Share of a resource that is to be used. */
  utilizationRatio: number;
  /** What must be kept; null: nothing is asked. */
  objective: { responseP99Ms: number | null; recoveryS: number | null };
  node: NodeSize;
  /** Each message is encrypted, in a record of its own. */
  tls: boolean;
}

/** What one node has. */
export interface NodeSize {
  cores: number;
  memoryBytes: number;
  descriptors: number;
  networkBitsPerS: number;
}

type Basis = 'measured' | 'assumed';

/** A figure of the plan. A single new measurement lies between `low` and `high` nine times of ten; null: not known. */
export interface Prediction {
  value: number;
  low: number | null;
  high: number | null;
  basis: Basis;
  /** The phases of the record that it was taken from; empty of what was assumed. */
  from: string[];
  /** How it was come by, in a sentence without a dot. */
  words: string;
}

/** A curve through what was measured, to be drawn. */
export interface FitChart {
  quantity: 'memory' | 'processor' | 'latency p50' | 'latency p99' | 'throughput';
  xLabel: string;
  yLabel: string;
  /** One for each phase, or for each step of a search. */
  points: { x: number; y: number; phase: string }[];
  /** From 0 or the least that was measured to beyond both the most that was measured and what is asked. */
  curve: { x: number; y: number; low: number; high: number }[];
  /** Where more load brings half of what the first brought; null where there is none within the chart, or no such thing. */
  knee: { x: number; y: number } | null;
  /** What the plan puts there. */
  askedAt: number | null;
}

/** What a user takes of a node, and how many users the node therefore has. */
export interface Resource {
  name: 'memory' | 'processor' | 'descriptors' | 'network' | 'measured ceiling';
  /** Users that one node has room for, used to the asked share. */
  usersPerNode: Prediction;
}

/** One kind of machine of the plan. */
export interface Tier {
  name: 'node' | 'gateway' | 'backend' | 'broker' | 'balancer';
  /** In all regions together, those to spare included. */
  count: number;
  perRegion: number;
  sparePerRegion: number;
  basis: Basis;
  /** Why so many. */
  words: string;
  /** What one of them has to do, when all are there; null: not asked of it, or not known. */
  each: {
    connections: number;
    memoryBytes: Prediction | null;
    cores: Prediction | null;
    networkBitsPerS: Prediction | null;
    descriptors: number;
    /** Local ports that it takes of one address, and addresses that it therefore needs to connect from; 0: it is connected to. */
    ports: number;
    sourceAddresses: number;
  };
}

/** What passes between nodes. */
export interface BrokerLoad {
  publishesPerS: number;
  /** Unsharded, each publication goes to every node that has a member. */
  deliveriesPerS: number;
  /** Deliveries of a publication. */
  amplification: number;
  /** Messages between the servers of a Redis Cluster, where each is told of every PUBLISH; with SPUBLISH, none. */
  busMessagesPerS: number;
  basis: Basis;
  words: string;
}

/** What was asked to be kept, and whether the plan keeps it. */
export interface Objective {
  name: 'response p99' | 'recovery';
  /** In ms, or in s. */
  limit: number;
  unit: 'ms' | 's';
  /** Null where the record says nothing of it. */
  predicted: Prediction | null;
  /** Null: not known. */
  met: boolean | null;
  /** Where it is not met: the least number of nodes by which it would be; null if none does, or it is met. */
  metByNodes: number | null;
  words: string;
}

/** A figure that went into the plan. */
export interface Input {
  name: string;
  value: number;
  unit: string;
  /** `given` by who asks for the plan. */
  basis: Basis | 'given';
  words: string;
}

export interface CapacityPlan {
  demand: Demand;
  /** The phase of the guide that so many users are in. */
  phase: 'single' | 'cluster' | 'regions' | 'edge';
  /** All that bounds a node, and the one that does. */
  resources: Resource[];
  binding: Resource;
  usersPerNode: number;
  nodes: number;
  nodesPerRegion: number;
  /** Nodes, or gateways and backends; balancer and broker where there are several. */
  tiers: Tier[];
  broker: BrokerLoad;
  /** Of a message there and back, when all nodes are there. */
  latency: { p50Ms: Prediction | null; p99Ms: Prediction | null };
  /**
   * By the scaling law: what all nodes answer at the knee of each, and where a node's knee and peak are, in messages/s
   * asked of it. Null where no load was too high for a node.
   */
  throughput: { messagesPerS: Prediction; kneePerNodePerS: number; peakPerNodePerS: number | null } | null;
  /** When a node, a zone, a region is lost: who is left, and how the users come back to them. */
  losses: Loss[];
  recovery: Recoveries;
  objectives: Objective[];
  inputs: Input[];
  charts: FitChart[];
  /** What the record does not say, each in a sentence. */
  unknown: string[];
  /** How many times the most that was measured on a node this plan puts there: connections, messages, whichever is more. */
  extrapolation: number;
}
