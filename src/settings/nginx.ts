/**
 * `nginx.conf` of a balancer before the nodes of one region.
 */

import { formatCount } from '../base/units.ts';
import type { CapacityPlan } from '../capacity/capacity-plan.ts';
import { type Needs, needsOf } from './needs.ts';
import { balancerAddress, nodeAddress, SERVICE_NAME, SERVICE_PORT } from './places.ts';
import { commented } from './text.ts';

/** How new connections find their node: by the address of the client, or to the least busy. */
export type Routing = 'sticky' | 'stateless';

/** Connections that one worker of nginx, on a core of its own, is given at the most. */
const PER_WORKER = 50_000;
const MIN_WORKERS = 2;
/** Addresses are dealt out to workers by a hash, which is not even. */
const UNEVEN = 1.25;
/** Listening sockets, channels, its log. */
const OWN_DESCRIPTORS = 64;

export function nginxConf(plan: CapacityPlan, routing: Routing): string {
  const needs = needsOf(plan);
  const { connectionsPerBalancer, backlog, balancers } = needs;
  const sockets = 2 * connectionsPerBalancer;
  const workers = Math.max(MIN_WORKERS, Math.ceil(sockets / PER_WORKER));
  const perWorker = Math.ceil((sockets / workers) * UNEVEN);
  const tls = plan.demand.tls;
  return `${commented(
    `A balancer of one region, of ${balancers}. Replace the addresses, then try it: nginx -t. Needs sysctl.d/99-websocket.conf.`,
  )}
${commented(`${formatCount(connectionsPerBalancer)} users ${balancers > 1 ? 'when another balancer is lost' : 'in the region'}, two connections for each: ${formatCount(sockets)}, dealt out to workers with a core each.`)}
worker_processes ${workers};
${commented('As many open files as connections, and some for nginx itself.')}
worker_rlimit_nofile ${perWorker + OWN_DESCRIPTORS};

events {
${commented(`${formatCount(sockets)} by ${workers} workers, and a quarter more, since they are dealt out by a hash.`, '  ')}
  worker_connections ${perWorker};
  multi_accept on;
}

http {
  access_log off;
  server_tokens off;

${upstream(needs, routing)}

${commented('A request that does not ask for an upgrade gets a connection that is closed after it.', '  ')}
  map $http_upgrade $connection_upgrade {
    default upgrade;
    '' close;
  }
${sources(needs)}
  server {
${commented('No shorter than the queue of a node, and one for each worker.', '    ')}
    listen ${tls ? '443 ssl' : '80'} backlog=${backlog.value} reuseport;
${tls ? certificate(needs) : ''}    tcp_nodelay on;

    location / {
      proxy_pass http://${SERVICE_NAME};
${needs.sourceAddresses > 1 ? '      proxy_bind $source_address;\n' : ''}      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_next_upstream error timeout;
      proxy_connect_timeout 5s;
${commented('A WebSocket connection may be silent for long; the servers ping, and end the dead.', '      ')}
      proxy_read_timeout 1d;
      proxy_send_timeout 1d;
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`;
}

function upstream({ holders, room }: Needs, routing: Routing): string {
  const { count, zones, spare } = holders;
  const servers = Array.from({ length: count }, (_, i) => {
    const address = `${nodeAddress(i, zones)}:${SERVICE_PORT}`;
    return `    server ${address} max_conns=${room} max_fails=1 fail_timeout=1s;`;
  });
  const way =
    routing === 'sticky'
      ? `${commented('The clients of one network of 256 addresses always come to the same node.', '    ')}\n    ip_hash;`
      : `${commented('Connections live long: a node that is new gets the next ones until it has as many.', '    ')}\n    least_conn;`;
  return `${commented(`${count} nodes in ${zones === 1 ? 'one zone' : `${zones} zones`}, of which ${spare} may be lost: no node is given more than the ${formatCount(room)} users that the plan has room for.`, '  ')}
  upstream ${SERVICE_NAME} {
    zone ${SERVICE_NAME} 1m;
${way}
${servers.join('\n')}
  }`;
}

/** More connections to a node than an address has ports: the clients are dealt out to several. */
function sources({ sourceAddresses }: Needs): string {
  if (sourceAddresses === 1) return '';
  const share = Math.floor(10_000 / sourceAddresses) / 100;
  const lines = Array.from(
    { length: sourceAddresses },
    (_, i) => `    ${i === sourceAddresses - 1 ? '*' : `${share}%`} ${balancerAddress(i)};`,
  );
  return `
${commented('Addresses of this machine: one alone has fewer ports than a node has users.', '  ')}
  split_clients "$remote_addr:$remote_port" $source_address {
${lines.join('\n')}
  }
`;
}

function certificate({ connectionsPerBalancer }: Needs): string {
  return `    ssl_certificate tls/${SERVICE_NAME}.crt;
    ssl_certificate_key tls/${SERVICE_NAME}.key;
    ssl_protocols TLSv1.2 TLSv1.3;
${commented('4,000 sessions in a megabyte: who comes back after a loss need not do the whole handshake again.', '    ')}
    ssl_session_cache shared:tls:${Math.max(1, Math.ceil(connectionsPerBalancer / 4000))}m;
    ssl_session_timeout 1h;
`;
}
