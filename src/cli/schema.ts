/** `wsscale schema`: what editors know of scenarios. */

import type { Command } from 'commander';
import { scenarioJsonSchema } from '../index.ts';
import type { Terminal } from './terminal.ts';

export function addSchema(program: Command, terminal: Terminal): void {
  program
    .command('schema')
    .summary('print the JSON Schema of scenarios, for editors')
    .description(
      'Example: wsscale schema > scenario.schema.json\n\n' +
        'Prints the JSON Schema of scenario files. An editor that has it completes keys, tells what they mean and marks\n' +
        'mistakes. A scenario names it in its first line:\n' +
        '  # yaml-language-server: $schema=scenario.schema.json',
    )
    .action(() => terminal.raw(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`));
}
