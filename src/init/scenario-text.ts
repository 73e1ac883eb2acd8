/**
 * The scenario that a beginner starts from: small, commented, and right as it stands.
 */

export interface Beginning {
  /** Its name. */
  file: string;
  target: string;
  clients: number;
  /** Where an editor finds the JSON Schema of scenarios. */
  schema: string;
}

/** A scenario as text. */
export function scenarioText({ file, target, clients, schema }: Beginning): string {
  return `# yaml-language-server: $schema=${schema}
#
# What wsscale does to your server. Try it:
#   npx wsscale attack ${file} --dry-run    tells what it comes to, and does nothing
#   npx wsscale attack ${file}              does it
# \`npx wsscale attack --help\` has all options; each is a key here.

# What holds for all phases. A phase may say otherwise, and flags override both.
defaults:
  # Your server. It must send each message back unchanged; for one that does not, set \`rate: 0\`, and connections alone
  # are measured.
  target: ${JSON.stringify(target)}
  clients: ${clients}
  # Connections opened per second.
  connectRate: ${Math.max(10, Math.ceil(clients / 5))}
  # Bytes of a message, and what it is made of.
  size: 128
  payload: text
  # Sent with each handshake. The values are in no report.
  # headers:
  #   Authorization: Bearer …

phases:
  # An ordinary day: everybody is connected, and sends a message a second.
  - name: steady
    rate: 1
    duration: 10s

  # All connections break at once, as when a server restarts. How long until everybody is back?
  - name: storm
    rate: 1
    duration: 10s
    herds:
      - trigger: drop
        hold: 2s
        observe: 30s
    # How your own clients come back: 1 s, 2 s, 4 s … up to 30 s, each shortened at random.
    reconnect: full-jitter:base=1s,cap=30s,first=2s,stable=10s

# What must be true, or the run ends with status 99. The numbers are a guess: put in what you promise.
gate:
  - '*.connect.latencyMs.p99 < 1s'
  - '*.ordering.missing == 0'
  - steady.latency.responseMs.p99 < 100ms
  - storm.herds.t99Ms < 15s
`;
}
