import { Command } from 'commander';
import { WSSCALE_VERSION } from '../index.ts';
import { addAttack } from './attack.ts';
import { addCompletion } from './completion.ts';
import { addDoctor } from './doctor.ts';
import { addGate } from './gate.ts';
import { addInit } from './init.ts';
import { addPlan } from './plan.ts';
import { addReport } from './report.ts';
import { addSchema } from './schema.ts';
import { addServe } from './serve.ts';
import type { Terminal } from './terminal.ts';

/** The command line, each command in its own file. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('wsscale')
    .description(
      'How many users will your WebSocket service hold, and what happens when it breaks?\n\n' +
        'Examples:\n' +
        '  wsscale attack                                  climb the bundled ladder, against the bundled server\n' +
        '  wsscale attack --target ws://127.0.0.1:8080     attack your own echo server\n' +
        '  wsscale attack my.yaml --gate "*.latency.responseMs.p99 < 50ms"',
    )
    .version(WSSCALE_VERSION, '--version')
    .helpOption('-h, --help')
    .showSuggestionAfterError()
    .configureOutput({
      writeErr: (text) => terminal.err(text.trimEnd()),
      writeOut: (text) => terminal.out(text.trimEnd()),
    })
    .exitOverride();
  addAttack(program, terminal);
  addServe(program, terminal);
  addPlan(program, terminal);
  addGate(program, terminal);
  addReport(program, terminal);
  addDoctor(program, terminal);
  addInit(program, terminal);
  addSchema(program, terminal);
  addCompletion(program, terminal);
  return program;
}
