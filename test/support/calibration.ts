import type { Calibration } from '../../src/model/calibration.ts';

/** A calibration in round numbers; a test says what matters to it. */
export function calibration(said: Partial<Calibration> = {}): Calibration {
  return {
    measuredAt: '2026-01-01T00:00:00.000Z',
    machine: { cpuModel: 'a processor', cores: 2, node: 'v20.0.0', wsscale: '0.1.0' },
    messagesPerS: 10_000,
    connectsPerS: 5000,
    otherCpuRatio: 0.1,
    floor: {
      messagesPerS: 1000,
      latenessP50Ms: 0.05,
      latenessP99Ms: 0.2,
      serviceP50Ms: 0.1,
      serviceP99Ms: 0.4,
    },
    ...said,
  };
}
