import { type Prisma, type PrismaClient } from '../.generated/client-7';
import { Ledger, breachesOf } from './ledger';
import { PostgresCluster } from './postgres';
import { createSchema, emptyTables, generatedClient, makeClient } from './prisma';

let cluster: PostgresCluster;
let prisma: PrismaClient;

beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
  prisma = makeClient(cluster.url());
});
afterAll(async () => {
  await prisma?.$disconnect();
  await cluster?.dispose();
});

test('every model can be read: the tables are what the schema says', async () => {
  const models = Object.keys(generatedClient().Prisma.ModelName);
  expect(models.length).toBeGreaterThan(9);
  for (const model of models) {
    const delegate = prisma[(model[0]?.toLowerCase() + model.slice(1)) as 'user'];
    expect(await delegate.findMany()).toEqual([]);
  }
});

test('the tables have the columns of the schema, and no other', async () => {
  const columns = await cluster.query<{ name: string }>(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%'`,
  );
  const { models } = generatedClient().Prisma.dmmf.datamodel;
  const fields = models.flatMap(({ name, dbName, fields }) =>
    fields.filter(({ kind }) => kind !== 'object').map((field) => `${dbName ?? name}.${field.dbName ?? field.name}`),
  );
  expect(columns.map(({ name }) => name).sort()).toEqual(fields.sort());
});

test('relations: one to one, one to many, many to many', async () => {
  const user = await prisma.user.create({
    data: {
      email: 'ada@example.org',
      role: 'AUTHOR',
      profile: { create: { bio: 'first' } },
      posts: {
        create: [{ title: 'notes', tags: { create: [{ name: 'engine' }, { name: 'number' }] } }, { title: 'more' }],
      },
      memberships: { create: { team: { create: { name: 'analysts' } } } },
    },
    include: { profile: true, posts: { include: { tags: true } }, memberships: { include: { team: true } } },
  });
  expect(user).toMatchObject({
    role: 'AUTHOR',
    profile: { bio: 'first' },
    posts: [
      { title: 'notes', tags: [{ name: 'engine' }, { name: 'number' }] },
      { title: 'more', tags: [] },
    ],
    memberships: [{ team: { name: 'analysts' } }],
  });
  const post = await prisma.tag.findUnique({ where: { name: 'engine' } }).posts();
  expect(post).toMatchObject([{ title: 'notes' }]);
  await expect(prisma.user.create({ data: { email: 'ada@example.org' } })).rejects.toMatchObject({ code: 'P2002' });
  await expect(prisma.user.delete({ where: { id: user.id } })).rejects.toMatchObject({ code: 'P2003' });
});

test('composite ids and unique keys', async () => {
  await prisma.seat.create({ data: { row: 'A', number: 7 } });
  const place = { place: { row: 'A', number: 7 } };
  expect(await prisma.seat.update({ where: place, data: { taken: true } })).toEqual({
    row: 'A',
    number: 7,
    taken: true,
  });
  const where = { locale_key: { locale: 'de', key: 'yes' } };
  const create = { locale: 'de', key: 'yes', text: 'ja' };
  await prisma.translation.upsert({ where, create, update: {} });
  expect(await prisma.translation.upsert({ where, create, update: { text: 'jawohl' } })).toMatchObject({
    text: 'jawohl',
  });
});

test('every scalar type comes back as it went in', async () => {
  const { Prisma: namespace } = generatedClient();
  const decimal = new namespace.Decimal('1234567890123456789012345678.123456789012');
  const moment = new Date('2024-02-29T12:34:56.789Z');
  const uuid = '123e4567-e89b-42d3-a456-426614174000';
  const data: Prisma.EverythingCreateInput = {
    string: 'naïve 🐘',
    boolean: true,
    int: -2_147_483_648,
    bigInt: 9_223_372_036_854_775_807n,
    float: 0.1,
    decimal,
    dateTime: moment,
    date: new Date('2024-02-29'),
    uuid,
    json: { nested: [1, 'two', null] },
    bytes: new Uint8Array([0, 1, 255]),
    color: 'GREEN',
    strings: ['', 'a,b', '"'],
    booleans: [true, false],
    ints: [1, 2],
    bigInts: [-1n, 2n],
    floats: [1.5],
    decimals: [decimal],
    dateTimes: [moment],
    uuids: [uuid],
    jsons: [{ a: 1 }],
    bytesList: [new Uint8Array([7])],
    colors: ['RED', 'BLUE'],
  };
  const created = await prisma.everything.create({ data });
  expect(created).toMatchObject(data);
  expect(created.maybeBytes).toBeNull();
  expect(await prisma.everything.findUniqueOrThrow({ where: { id: created.id } })).toEqual(created);
});

test('nested writes are booked in the ledger, whose tables can be emptied', async () => {
  const ledger = new Ledger('prisma');
  const children = { create: [{ position: 0 }, { position: 1 }] };
  await ledger.record('create', (token) => prisma.ledgerEntry.create({ data: { token, kind: 'create' } }));
  await ledger.record('nested', (token) => prisma.ledgerEntry.create({ data: { token, kind: 'nested', children } }), 2);
  await ledger.record('create', () => prisma.user.create({ data: { email: 'ada@example.org' } }));
  const settlement = await ledger.settle(cluster);
  expect(settlement).toMatchObject({ acknowledged: 2, rows: 2, failed: { unstated: 1 } });
  expect(breachesOf(settlement)).toEqual([]);
  await emptyTables(cluster);
  expect((await ledger.settle(cluster)).lost).toHaveLength(2);
  expect(await prisma.user.count()).toBe(0);
});
