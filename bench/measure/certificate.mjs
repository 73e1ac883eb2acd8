/** A certificate of its own for each run: ECDSA with P-256, as most services have now. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @returns {string[]} the files of the certificate and its key */
export function makeCertificate() {
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-bench-'));
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(folder, name));
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
  execFileSync('openssl', [...request.split(' '), '-out', cert, '-keyout', key], { stdio: 'ignore' });
  return [cert, key];
}
