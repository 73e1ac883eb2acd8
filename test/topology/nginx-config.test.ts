import { expect, it } from 'vitest';
import { type NginxOptions, nginxConfig } from '../../src/topology/balancer/nginx-config.ts';

const backends = [10_001, 10_002].map((port) => ({ host: '127.0.0.1', port }));

const OPTIONS: NginxOptions = {
  ...{ host: '127.0.0.1', port: 10_000, routing: 'sticky', backends, drained: new Set() },
  ...{ workers: 2, descriptors: 20_000, user: null, tempFolder: '/tmp/x' },
};

it('fits its connections to the descriptors that it may have', () => {
  const config = nginxConfig(OPTIONS);
  expect(config).toMatch(/^worker_rlimit_nofile 20000;$/m);
  expect(config).toMatch(/^ {2}worker_connections 19936;$/m);
});

it('routes by address or by load', () => {
  expect(nginxConfig(OPTIONS)).toMatch(/^ {4}ip_hash;$/m);
  expect(nginxConfig({ ...OPTIONS, routing: 'stateless' })).toMatch(/^ {4}least_conn;$/m);
});

it('takes drained backends out', () => {
  const config = nginxConfig({ ...OPTIONS, drained: new Set([backends[1]]) });
  expect(config).toMatch(/server 127\.0\.0\.1:10001 max_fails=1 fail_timeout=1s;/);
  expect(config).toMatch(/server 127\.0\.0\.1:10002 max_fails=1 fail_timeout=1s down;/);
});

it('names a user only where it may choose one', () => {
  expect(nginxConfig(OPTIONS)).not.toMatch(/^user/m);
  expect(nginxConfig({ ...OPTIONS, user: 'root' })).toMatch(/^user root;$/m);
});

it('writes IPv6 addresses and odd paths as nginx reads them', () => {
  const config = nginxConfig({ ...OPTIONS, host: '::1', tempFolder: '/tmp/a "b"' });
  expect(config).toContain('listen [::1]:10000 ');
  expect(config).toContain('pid "/tmp/a \\"b\\"/nginx.pid";');
});
