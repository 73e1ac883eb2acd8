/**
 * A program that is not ours, as a supervisor is told of it. It travels as JSON in the supervisor's arguments.
 */

export interface ProgramOptions {
  /** What it is called in samples. */
  role: string;
  /** What it is called in errors: `nginx`. */
  name: string;
  /** Absolute. */
  file: string;
  args: string[];
  /** Where it listens, and how it shows that it is ready. */
  host: string;
  port: number;
  readiness: Readiness;
  /** Clients connect to it, and are counted. */
  holdsClients?: boolean;
  /** For those who use it: `ws://127.0.0.1:10000`. What announces its own URL has it against this one. */
  url: string;
  /** Removed when it has ended. */
  leftovers: string[];
}

type Readiness =
  /** It takes connections. */
  | 'accepts'
  /** It writes `listening <url>` to its stdout. */
  | 'announces'
  /** It answers a PING of Redis. */
  | 'redis'
  /** It lets somebody into PostgreSQL. */
  | 'postgres'
  /** It answers a request, and not that whom it would have to ask for that is out of reach. */
  | 'http';
