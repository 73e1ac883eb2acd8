/** `wsscale serve`: the reference server alone, until it is told to stop. */

import { type Command, InvalidArgumentError } from 'commander';
import { serve, TOPOLOGY_KINDS } from '../index.ts';
import { EXIT } from './exit.ts';
import type { Terminal } from './terminal.ts';

interface ServeFlags {
  topology: (typeof TOPOLOGY_KINDS)[number];
  host: string;
  port?: number;
  maxPayload: number;
  legacyMetricNames?: true;
}

export function addServe(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .summary('run the reference server alone, until Ctrl-C')
    .description(
      'Runs the reference server that `attack` measures: echo at /, rooms at /rooms, /health and /metrics.\n' +
        'The first line on stdout is `listening <url>`. Its protocol is described in docs/protocol.md.',
    )
    .option('--topology <kind>', `how it is arranged: ${TOPOLOGY_KINDS.join(', ')}`, 'single')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on (default: a free one below the ephemeral range)', parsePort)
    .option('--max-payload <bytes>', 'longest message taken', parseBytes, 65536)
    .option('--legacy-metric-names', 'offer the metrics under the names of the scaling guide, too')
    .action(async (flags: ServeFlags) => {
      const server = await serve({
        kind: flags.topology,
        host: flags.host,
        port: flags.port ?? null,
        maxPayloadBytes: flags.maxPayload,
        legacyMetricNames: flags.legacyMetricNames ?? false,
      });
      for (const url of server.urls) terminal.out(`listening ${url}`);
      const ended = await Promise.race([terminal.interrupted, server.died]);
      if (typeof ended !== 'string') {
        terminal.err(`The server's ${ended.role} died (${ended.signal ?? `status ${ended.exitCode}`}).`);
        terminal.exit(EXIT.inconclusive);
        return;
      }
      terminal.err(`${ended}: closing the connections …`);
      await server.stop();
      terminal.exit(ended === 'SIGTERM' ? EXIT.sigterm : EXIT.sigint);
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError('A port is 0 to 65535.');
  return port;
}

function parseBytes(text: string): number {
  const bytes = Number(text);
  if (!Number.isInteger(bytes) || bytes < 1) throw new InvalidArgumentError('Give a whole number of bytes.');
  return bytes;
}
