/** `wsscale serve`: the reference server alone, until it is told to stop. */

import { type Command, InvalidArgumentError } from 'commander';
import { LOAD_OPTIONS, type LoadOptions, SERVE_KEYS, serve, TOPOLOGY_KINDS, writeText } from '../index.ts';
import { EXIT } from './exit.ts';
import { collect } from './load-flags.ts';
import type { Terminal } from './terminal.ts';

type PartKey = (typeof SERVE_KEYS)[number];

/** Those of them that are numbers. */
const COUNT_KEYS: readonly string[] = ['nodes', 'gateways', 'backends', 'batchBytes'] satisfies PartKey[];

const { flag, help } = LOAD_OPTIONS.faults;
const FAULT = { flag: flag ?? '', help };

interface ServeFlags extends Partial<Record<PartKey, string>> {
  topology: (typeof TOPOLOGY_KINDS)[number];
  host: string;
  port?: number;
  maxPayload: number;
  legacyMetricNames?: true;
  metricsTargets?: string;
  fault?: string[];
  seed?: number;
}

export function addServe(program: Command, terminal: Terminal): void {
  const command = program
    .command('serve')
    .summary('run the reference server alone, until Ctrl-C')
    .description(
      'Runs the reference server that `attack` measures: echo at /, rooms at /rooms, /health and /metrics.\n' +
        'The first line on stdout is `listening <url>`; where each process has its metrics follows. Its protocol is described in docs/protocol.md.',
    )
    .option('--topology <kind>', `how it is arranged: ${TOPOLOGY_KINDS.join(', ')}`, 'single')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on (default: a free one below the ephemeral range)', parsePort)
    .option('--max-payload <bytes>', 'longest message taken', parseBytes, 65536)
    .option('--legacy-metric-names', 'offer the metrics under the names of the scaling guide, too')
    .option('--metrics-targets <file>', 'write where the metrics are, for file_sd_configs of Prometheus')
    .option(FAULT.flag, FAULT.help, collect)
    .option('--seed <n>', 'repeat the random draws of the faults', parseSeed)
    .action(async (flags: ServeFlags) => {
      const server = await serve({
        kind: flags.topology,
        ...readParts(flags),
        host: flags.host,
        port: flags.port ?? null,
        maxPayloadBytes: flags.maxPayload,
        legacyMetricNames: flags.legacyMetricNames ?? false,
        faults: flags.fault ?? [],
        ...(flags.seed === undefined ? {} : { seed: flags.seed }),
      });
      for (const url of server.urls) terminal.out(`listening ${url}`);
      if (server.dns !== null) terminal.out(`dns ${server.dns}`);
      for (const { role, url } of server.pages) terminal.out(`metrics ${url}/metrics ${role}`);
      if (flags.metricsTargets !== undefined) writeText(flags.metricsTargets, targetsOf(server.pages));
      const ended = await Promise.race([terminal.interrupted, server.died]);
      if (typeof ended !== 'string') {
        await server.stop();
        terminal.err(`The server's ${ended.role} died (${ended.signal ?? `status ${ended.exitCode}`}).`);
        terminal.exit(EXIT.inconclusive);
        return;
      }
      terminal.err(`${ended}: closing the connections …`);
      await server.stop();
      terminal.exit(ended === 'SIGTERM' ? EXIT.sigterm : EXIT.sigint);
    });
  for (const key of SERVE_KEYS) {
    const { flag, help, fallback } = LOAD_OPTIONS[key];
    if (flag !== undefined) command.option(flag, `${help} (default: ${fallback})`);
  }
}

/** A file that Prometheus finds its targets by: https://prometheus.io/docs/guides/file-sd/. */
function targetsOf(pages: readonly { url: string }[]): string {
  return `${JSON.stringify([{ targets: pages.map(({ url }) => new URL(url).host) }], null, 2)}\n`;
}

function readParts(flags: ServeFlags): Pick<LoadOptions, PartKey> {
  const said = SERVE_KEYS.flatMap((key) => (flags[key] === undefined ? [] : [[key, flags[key]]]));
  // What is no number is complained about where the options are checked.
  return Object.fromEntries(
    said.map(([key, text]) => [key, COUNT_KEYS.includes(String(key)) ? Number(text) : text]),
  );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError('A port is 0 to 65535.');
  return port;
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isInteger(seed) || seed < 0) throw new InvalidArgumentError('Give a whole number.');
  return seed;
}

function parseBytes(text: string): number {
  const bytes = Number(text);
  if (!Number.isInteger(bytes) || bytes < 1) throw new InvalidArgumentError('Give a whole number of bytes.');
  return bytes;
}
