/** TLS with good and bad certificates, on this Node. scripts/test-probe-nodes.mjs does the same on the others. */
import { lookAt } from './support/probe_watch';
import { type TlsServers, inWords, startTlsServers } from './support/tls_servers';

let servers: TlsServers;

beforeAll(async () => {
  servers = await startTlsServers();
});
afterAll(() => servers.dispose());

test('every mode and every certificate', async () => {
  const seen: Record<string, string> = {};
  for (const { name, url } of servers.rows) seen[name] = inWords(await lookAt(url));
  expect(seen).toEqual(Object.fromEntries(servers.rows.map(({ name, expected }) => [name, expected])));
});

test('many handshakes at once', async () => {
  const [row] = servers.rows.filter(({ name }) => name === 'verify-full, our authority');
  if (!row) throw new Error('the table has changed');
  const urls = Array.from({ length: 20 }, (_, i) => `${row.url}&application_name=probe-${i}`);
  const results = await Promise.all(urls.map((url) => lookAt(url)));
  expect(results.map(inWords)).toEqual(urls.map(() => 'encrypted'));
});
