/** Servers with good and bad certificates, and what a probe must say of each. Shared by Jest and by the run on all Nodes. */
import type { ProbeResult } from '../../../lib/native';
import * as fs from 'node:fs';
import { PostgresCluster } from '../../support';
import { answers } from '../../support/pg_accepting';
import { Authority, type Signed } from './certificates';

export interface TlsRow {
  readonly name: string;
  readonly url: string;
  /** 'encrypted': let in, over TLS. 'refused': the server answered. 'distrusted': no vote. */
  readonly expected: 'encrypted' | 'refused' | 'distrusted';
}

export interface TlsServers {
  readonly rows: readonly TlsRow[];
  dispose(): Promise<void>;
}

const kPassword = 'hunter2canary';
const kOurs = 'DNS:localhost,IP:127.0.0.1';

// No connection in the clear, so that being let in proves TLS; `postgres` needs a certificate as well.
const kAccess = [
  'local all all trust',
  'hostssl all postgres all scram-sha-256 clientcert=verify-ca',
  'hostssl all all all scram-sha-256',
  '',
].join('\n');

async function server(signed: Signed, authority: Authority): Promise<PostgresCluster> {
  const cluster = await PostgresCluster.start({ password: kPassword });
  cluster.writeFile('own.crt', fs.readFileSync(signed.certificate, 'utf8'));
  cluster.writeFile('own.key', fs.readFileSync(signed.key, 'utf8'));
  cluster.writeFile('authority.crt', fs.readFileSync(authority.certificate, 'utf8'));
  cluster.configure({ ssl: 'on', ssl_cert_file: 'own.crt', ssl_key_file: 'own.key', ssl_ca_file: 'authority.crt' });
  cluster.writeFile('pg_hba.conf', kAccess);
  await cluster.query('SELECT pg_reload_conf()');
  // It has taken effect when nobody is let in without TLS any more.
  while (await answers(cluster, 'app', 'app', 1000));
  return cluster;
}

export async function startTlsServers(): Promise<TlsServers> {
  const authority = new Authority('ours');
  const stranger = new Authority('not ours');
  const [good, expired, plain] = await Promise.all([
    server(authority.sign({ commonName: 'localhost', altNames: kOurs }), authority),
    server(authority.sign({ commonName: 'localhost', altNames: kOurs, expired: true }), authority),
    PostgresCluster.start({ password: kPassword }),
  ]);
  const client = authority.sign({ commonName: 'postgres' });
  const trusted = { sslrootcert: authority.certificate };
  const row = (
    name: string,
    expected: TlsRow['expected'],
    cluster: PostgresCluster,
    params: Record<string, string>,
    user = 'app',
  ): TlsRow => ({ name, expected, url: cluster.url({ user, params }) });
  const elsewhere = { host: 'elsewhere.example', hostaddr: '127.0.0.1' };

  return {
    rows: [
      row('no mode at all prefers TLS', 'encrypted', good, {}),
      row('require asks for no trust', 'encrypted', good, { sslmode: 'require' }),
      row('require takes an expired certificate', 'encrypted', expired, { sslmode: 'require' }),
      row('no-verify of node-postgres', 'encrypted', expired, { sslmode: 'no-verify', ...trusted }),
      row('TLS 1.2', 'encrypted', good, { sslmode: 'require', ssl_max_protocol_version: 'TLSv1.2' }),
      row('TLS 1.3', 'encrypted', good, { sslmode: 'require', ssl_min_protocol_version: 'TLSv1.3' }),
      row('channel binding', 'encrypted', good, { sslmode: 'require', channel_binding: 'require' }),
      row('verify-full, our authority', 'encrypted', good, { sslmode: 'verify-full', ...trusted }),
      row('Prisma’s strict', 'encrypted', good, { sslaccept: 'strict', sslcert: authority.certificate }),
      row('verify-ca does not look at the name', 'encrypted', good, { sslmode: 'verify-ca', ...trusted, ...elsewhere }),
      row('verify-full, another name', 'distrusted', good, { sslmode: 'verify-full', ...trusted, ...elsewhere }),
      row('verify-full, expired', 'distrusted', expired, { sslmode: 'verify-full', ...trusted }),
      row('verify-ca, expired', 'distrusted', expired, { sslmode: 'verify-ca', ...trusted }),
      row('verify-full, another authority', 'distrusted', good, {
        sslmode: 'verify-full',
        sslrootcert: stranger.certificate,
      }),
      row('verify-full, the system’s authorities', 'distrusted', good, { sslmode: 'verify-full' }),
      row('verify-full, no such file', 'distrusted', good, { sslmode: 'verify-full', sslrootcert: '/no/such/file' }),
      row('no TLS on the server', 'distrusted', plain, { sslmode: 'require' }),
      row('a server that wants TLS', 'refused', good, { sslmode: 'disable' }),
      row('a server that wants a certificate', 'refused', good, { sslmode: 'require' }, 'postgres'),
      row(
        'a certificate of ours',
        'encrypted',
        good,
        { sslmode: 'verify-full', ...trusted, sslcert: client.certificate, sslkey: client.key },
        'postgres',
      ),
      row('a key that is no key', 'distrusted', good, {
        sslmode: 'require',
        sslcert: client.certificate,
        sslkey: authority.certificate,
      }),
    ],
    async dispose() {
      await Promise.all([good, expired, plain].map((cluster) => cluster.dispose()));
      authority.dispose();
      stranger.dispose();
    },
  };
}

/** What a result says in the table's words; anything else by itself. */
export function inWords(result: Pick<ProbeResult, 'verdict' | 'role' | 'code'>): string {
  if (result.verdict === 'up' && result.role === 'primary' && result.code === '') return 'encrypted';
  if (result.verdict === 'up' && result.code === '28000') return 'refused';
  if (result.verdict === 'inconclusive' && result.code === 'ETLS') return 'distrusted';
  return JSON.stringify(result);
}
