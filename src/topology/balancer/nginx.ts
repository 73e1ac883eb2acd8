import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { WsscaleError } from '../../base/errors.ts';
import { readLimits } from '../../base/limits.ts';
import { connectHost, freePort, urlHost } from '../address.ts';
import { findProgram } from '../installed.ts';
import type { PartProcess } from '../part-process.ts';
import { startSupervised } from '../supervised.ts';
import type { Backend, Balancer, BalancerOptions } from './balancer.ts';
import { type NginxOptions, nginxConfig } from './nginx-config.ts';

/** It must not take the cores from what is measured, and needs few. */
const MAX_WORKERS = 4;

/** Where the system does not tell; 1,024 is what it grants by default. */
const FALLBACK_DESCRIPTORS = 1_024;

/** A worker sets up its table of connections in advance; this one takes some 100 MB. */
const MAX_DESCRIPTORS = 200_000;

/** The nginx that is installed here, with a configuration made for the run. */
export function createNginx({ routing, host, port, folder, processes }: BalancerOptions): Balancer {
  let nginx: PartProcess | null = null;
  let configure = () => {};
  const drained = new Set<Backend>();

  async function reconfigure(): Promise<void> {
    configure();
    await nginx?.ask({ type: 'reload' });
  }

  return {
    async start(backends) {
      const file = findProgram('nginx');
      if (file === null) throw new WsscaleError('TARGET', 'nginx is not installed.');
      const chosen = await freePort(host, port);
      nginx = processes.start(() => {
        const tempFolder = mkdtempSync(join(tmpdir(), 'wsscale-nginx-'));
        const configFile = join(resolve(folder ?? tempFolder), 'nginx.conf');
        if (folder !== null) mkdirSync(folder, { recursive: true });
        const options = { host, port: chosen, routing, backends, drained, tempFolder, ...grants() };
        configure = () => writeFileSync(configFile, nginxConfig(options));
        configure();
        return startSupervised('balancer', {
          ...{ role: 'balancer', name: 'nginx', file, readiness: 'accepts' },
          ...{ host: connectHost(host), port: chosen, url: `ws://${urlHost(host)}:${chosen}` },
          args: ['-p', tempFolder, '-c', configFile, '-e', 'stderr'],
          leftovers: [tempFolder],
        });
      });
      return (await nginx.listening).url;
    },
    async drain(backend) {
      drained.add(backend);
      await reconfigure();
    },
    async restore(backend) {
      drained.delete(backend);
      await reconfigure();
    },
    async stop() {
      await nginx?.stop();
    },
  };
}

/** What this machine and this user grant it. */
function grants(): Pick<NginxOptions, 'workers' | 'descriptors' | 'user'> {
  const { uid, username } = userInfo();
  return {
    workers: Math.min(MAX_WORKERS, availableParallelism()),
    descriptors: Math.min(readLimits().nofileHard ?? FALLBACK_DESCRIPTORS, MAX_DESCRIPTORS),
    // Root alone may run its workers as somebody else, and does so unless it is told.
    user: uid === 0 ? username : null,
  };
}
