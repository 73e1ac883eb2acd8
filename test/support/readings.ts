import type { OsLimits } from '../../src/base/limits.ts';
import type { Readings } from '../../src/limits/readings.ts';

const GB = 1024 ** 3;

const LIMITS: OsLimits = {
  nofileSoft: 20_000,
  nofileHard: 20_000,
  ephemeralPorts: [32_768, 60_999],
  somaxconn: 4096,
  tcpMaxSynBacklog: 2048,
  fileMax: 2_000_000,
};

type More = Omit<Partial<Readings>, 'limits' | 'memory' | 'rights'> & {
  limits?: Partial<OsLimits>;
  memory?: Partial<Readings['memory']>;
  rights?: Partial<Readings['rights']>;
};

/** A Linux machine of two cores and 8 GB, half of it free, whose user is nobody in particular. */
export function readings({ limits, memory, rights, ...more }: More = {}): Readings {
  return {
    platform: 'linux',
    container: null,
    rights: {
      isRoot: false,
      mayRaiseOpenFiles: false,
      mayWriteSysctl: false,
      isAboveFileMax: false,
      ...rights,
    },
    limits: { ...LIMITS, ...limits },
    nofileMax: 1_048_576,
    filesInUse: 0,
    reservedPorts: 0,
    synLinearTimeouts: 4,
    conntrack: null,
    tcpPages: null,
    cpu: { cores: 2, quotaCores: null },
    memory: { totalBytes: 8 * GB, availableBytes: 4 * GB, group: null, swap: null, ...memory },
    tasks: [],
    maxMapCount: 65_530,
    ...more,
  };
}
