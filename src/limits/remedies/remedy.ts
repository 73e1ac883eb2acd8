/** A way to lift a limit, or to do without. */
export type Remedy = { by: Whose } & (
  | { kind: 'advice'; text: string }
  | { kind: 'command'; command: string }
  /** Lines for a file, which is made if there is none. */
  | { kind: 'file'; path: string; text: string }
);

/**
 * Who can do it, and how long it lasts: anybody; root, until the machine starts again, and for good; whoever says how a
 * service, or a container, is started.
 */
export type Whose = 'without root' | 'root, now' | 'root, for good' | 'a service' | 'a container';

export const advice = (by: Whose, text: string): Remedy => ({ by, kind: 'advice', text });
export const command = (by: Whose, typed: string): Remedy => ({ by, kind: 'command', command: typed });
export const file = (by: Whose, path: string, text: string): Remedy => ({ by, kind: 'file', path, text });

/** For everybody who logs in, and for what systemd starts. */
export const LIMITS_FILE = '/etc/security/limits.d/90-websocket.conf';
export const UNIT_FILE = '/etc/systemd/system/<service>.service.d/limits.conf';
