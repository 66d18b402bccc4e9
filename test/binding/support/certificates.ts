/** Certificates of a test's own authority, made with the openssl command. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export interface Signed {
  readonly certificate: string;
  readonly key: string;
}

export interface Wish {
  readonly commonName: string;
  /** As in openssl's configuration, for example 'DNS:localhost,IP:127.0.0.1'. */
  readonly altNames?: string;
  readonly expired?: boolean;
}

const kKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export class Authority {
  readonly certificate: string;
  private readonly key: string;
  private readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'probe-tls-'));
  private made = 0;

  constructor(name: string) {
    this.certificate = path.join(this.dir, 'ca.crt');
    this.key = path.join(this.dir, 'ca.key');
    openssl(
      'req',
      '-x509',
      ...kKey,
      '-keyout',
      this.key,
      '-out',
      this.certificate,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    );
  }

  /** Files; keys are readable by us alone, as libpq insists. */
  sign({ commonName, altNames, expired = false }: Wish): Signed {
    const base = path.join(this.dir, String(++this.made));
    const [key, request, certificate, extensions] = [`${base}.key`, `${base}.csr`, `${base}.crt`, `${base}.ext`];
    openssl('req', ...kKey, '-keyout', key, '-out', request, '-subj', `/CN=${commonName}`);
    fs.chmodSync(key, 0o600);
    fs.writeFileSync(extensions, altNames ? `subjectAltName=${altNames}\n` : '');
    const signer = ['-CA', this.certificate, '-CAkey', this.key, '-CAcreateserial'];
    const days = expired ? '-1' : '2';
    openssl('x509', '-req', '-in', request, ...signer, '-days', days, '-extfile', extensions, '-out', certificate);
    return { certificate, key };
  }

  dispose(): void {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
