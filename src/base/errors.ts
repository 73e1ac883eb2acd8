/**
 * The errors that a user can cause or meet. Each carries a stable code, which decides the exit status; everything
 * else that is thrown is a bug in wsscale.
 */

export type ErrorCode =
  /** Wrong flags, or a scenario with errors. */
  | 'USAGE'
  /** The target cannot be reached, or the bundled server did not start. */
  | 'TARGET';

/** An error whose message is written for the user: what is wrong, where, and how to mend it. */
export class WsscaleError extends Error {
  readonly code: ErrorCode;
  /** Single problems, where there are several: one line each. */
  readonly details: string[];

  constructor(code: ErrorCode, message: string, details: string[] = []) {
    super(message);
    this.name = 'WsscaleError';
    this.code = code;
    this.details = details;
  }
}

/** Something is wrong with what the user asked for. */
export function usageError(message: string, details: string[] = []): WsscaleError {
  return new WsscaleError('USAGE', message, details);
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
