import { driverSettings, sslOption } from '../../../lib/host/driver-settings';

const kPem = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';
const pg = (config: object): object => ({ adapterName: '@prisma/adapter-pg', provider: 'postgres', config });

test.each<[string, unknown, Record<string, string> | undefined]>([
  ['not given', undefined, undefined],
  ['off', false, { on: 'false' }],
  ['null is off, as to node-postgres', null, { on: 'false' }],
  ['on', true, { on: 'true' }],
  ['words', 'no-verify', { on: 'no-verify' }],
  ['a word that does not mean what it says', 'false', { on: 'true' }],
  ['no word', '', { on: 'false' }],
  ['a number', 0, { on: 'false' }],
  ['false', { rejectUnauthorized: false }, { on: 'object', rejectUnauthorized: 'false' }],
  ['what is not false', { rejectUnauthorized: 'false' }, { on: 'object', rejectUnauthorized: 'true' }],
  ['nor this', { rejectUnauthorized: 0 }, { on: 'object', rejectUnauthorized: 'true' }],
  ['nor what is not there', { rejectUnauthorized: undefined }, { on: 'object', rejectUnauthorized: 'true' }],
  ['names of our own', { on: 'no-verify', unread: '', crl: [] }, { on: 'object', unread: 'crl' }],
  [
    'texts',
    { ca: kPem, rejectUnauthorized: true, servername: 'db' },
    { on: 'object', ca: kPem, rejectUnauthorized: 'true', servername: 'db' },
  ],
  ['a buffer', { ca: Buffer.from(kPem) }, { on: 'object', ca: kPem }],
  ['several', { ca: [kPem, Buffer.from(kPem)] }, { on: 'object', ca: `${kPem}\n${kPem}\n` }],
  ['what is not there', { ca: undefined, cert: null }, { on: 'object' }],
  [
    'what is no PEM',
    { ca: Buffer.from([0x30, 0x82]), key: [{ pem: kPem, passphrase: 'x' }] },
    { on: 'object', unread: 'ca,key' },
  ],
  [
    'functions and objects',
    { checkServerIdentity: () => undefined, secureContext: {} },
    { on: 'object', unread: 'checkServerIdentity,secureContext' },
  ],
])('ssl: %s', (_, ssl, expected) => {
  expect(sslOption(ssl)).toEqual(expected);
});

test('a key that node-postgres has hidden is found', () => {
  const ssl = Object.defineProperty({ ca: kPem }, 'key', { value: kPem, enumerable: false });
  expect(sslOption(ssl)).toEqual({ on: 'object', ca: kPem, key: kPem });
});

test.each<[string, object, boolean, string]>([
  ['adapter-pg', { adapter: pg({}), complete: true }, false, 'nodePostgres'],
  ['adapter-pg, and an URL for the probe', { adapter: pg({}), complete: true }, true, 'nodePostgres'],
  ['another adapter', { adapter: { adapterName: '@prisma/adapter-neon' }, complete: true }, false, 'unknown'],
  ['another adapter, and an URL for the probe', { adapter: { adapterName: 'x' }, complete: true }, true, 'libpq'],
  ['a client without an adapter', { complete: true }, false, 'prismaEngine'],
  ['no client yet', {}, false, 'unknown'],
])('driver: %s', (_, known, forProbe, driver) => {
  expect(driverSettings(known, forProbe).driver).toBe(driver);
});
