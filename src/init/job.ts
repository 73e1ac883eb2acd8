/**
 * What a CI job is made of, whatever the system: plain commands of bash, which anybody can run by hand.
 */

export interface JobPlan {
  /** From the root of the repository. */
  scenario: string;
  target: string;
  /** The command that starts the team's server; null: it runs elsewhere. */
  serve: string | null;
  /** Of wsscale. A job that takes another one every day compares apples with pears. */
  version: string;
}

/** Where a run leaves its reports. */
export const REPORTS = 'reports/wsscale';

/** What the team's server needs. A server that is not JavaScript needs something else here. */
export const INSTALL =
  'if [ -f package-lock.json ]; then npm ci; elif [ -f package.json ]; then npm install; fi';

export const START = 'bash -c "$SERVE" > server.log 2>&1 &';

/** Ends when the server listens; if it does not, with what it said. */
export const WAIT = `timeout 60 bash -c 'until (: < "/dev/tcp/$LISTENS") 2> /dev/null; do sleep 0.2; done' || { cat server.log; exit 1; }`;

/** A target elsewhere is attacked without a question, since nobody is there to answer it. */
export function attackCommand({ serve }: JobPlan): string {
  const consent = serve === null ? ' --yes' : '';
  return `npx --yes "$WSSCALE" attack "$SCENARIO"${consent} --out ${REPORTS}`;
}

/**
 * Both versions by turns, each started anew for each run. Status 3, which a busy machine gives, is no regression.
 *
 * @param base the folder with the version to compare with
 */
export function compareCommand(base: string): string {
  return [
    'npx --yes "$WSSCALE" gate --compare',
    `base="cd ${base} && $SERVE"`,
    'head="$SERVE"',
    '--url "$TARGET" "$SCENARIO" --phases "$COMPARED" --pairs 8 --out reports/compared || { status=$?; [ $status -eq 3 ] || exit $status; }',
  ].join(' ');
}

/**
 * The variables of the commands, as YAML. The comments are for whoever has to change them.
 *
 * @param phase that is compared
 * @param literal writes text in which nothing is replaced
 */
export function variablesYaml(
  { scenario, target, serve, version }: JobPlan,
  phase: string,
  literal: (text: string) => string = JSON.stringify,
): string[] {
  return [
    `WSSCALE: ${JSON.stringify(`wsscale@${version}`)}`,
    `SCENARIO: ${JSON.stringify(scenario)}`,
    ...(serve === null
      ? []
      : [
          '# How your server is started, and where it listens then.',
          `SERVE: ${literal(serve)}`,
          `TARGET: ${JSON.stringify(target)}`,
          `LISTENS: ${JSON.stringify(listensAt(target))}`,
          '# The phase in which it is compared with the version before.',
          `COMPARED: ${JSON.stringify(phase)}`,
        ]),
  ];
}

/** Host and port as bash wants them: `127.0.0.1/8080`. */
function listensAt(target: string): string {
  const { hostname, port, protocol } = new URL(target);
  const usualPort = protocol === 'wss:' ? '443' : '80';
  return `${hostname.replace(/^\[|\]$/g, '')}/${port === '' ? usualPort : port}`;
}

/** Lines below a key, so many blanks deeper. */
export function indent(lines: readonly string[], blanks: number): string {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(blanks) + line)).join('\n');
}
