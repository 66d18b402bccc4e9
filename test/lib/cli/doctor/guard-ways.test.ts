/** Which ways to the guard a source shows: the forms of the documents, and what only looks like one. */
import { guardWaysIn } from '../../../../lib/cli/doctor/collect/guard-ways';
import { kLargestFile } from '../../../../lib/cli/project/read-file';

test.each([
  [
    'new ResilientPrismaClient((ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg({ a })) }), {})',
    'ctx.guard',
  ],
  ['new ResilientPrismaClient(({ guard }) => new PrismaClient({ adapter: guard(adapter()) }))', 'ctx.guard'],
  ['const make = (context: FactoryContext) => client(context.guard<PrismaPg>(adapter))', 'ctx.guard'],
  ['new ResilientPrismaClient((ctx) => new C({ adapter: ctx?.guard?.(adapter) }))', 'ctx.guard'],
  ['new ResilientPrismaClient(new PrismaClient({ adapter: guardAdapter(new PrismaPg({ a })) }))', 'guardAdapter'],
  ['const adapter = guardAdapter(make());\nnew C({ adapter }).$extends(resilientExtension())', 'guardAdapter'],
  ['new ResilientPrismaClient({ client: PrismaClient, adapter: () => new PrismaPg({ a }), resilient: {} })', 'options'],
  ['new ResilientPrismaClient({ client: PrismaClient, log: [{ a }], adapter })', 'options'],
  ['new ResilientPrismaClient<PrismaClient>({ "adapter": make() })', 'options'],
  ['new ResilientPrismaClient({ adapter() { return make(); } })', 'options'],
  ['new resilience.ResilientPrismaClient({ ...options, resilient: {} })', 'options'],
  [
    'class Service extends ResilientPrismaClient<PrismaClient> { constructor() { super({ client: C, adapter }); } }',
    'options',
  ],
  [
    'class Service extends ResilientClient(PrismaClient) { constructor() { super({ adapter: () => new PrismaPg({ a }) }); } }',
    'class',
  ],
  ['const Base = ResilientClient<typeof PrismaClient>(PrismaClient)', 'class'],
])('%s', (text, way) => {
  expect(guardWaysIn(text)).toEqual([way]);
});

test('more than one in a file', () => {
  expect(guardWaysIn('ctx.guard(a); guardAdapter(b)')).toEqual(['ctx.guard', 'guardAdapter']);
});

test.each([
  'new ResilientPrismaClient(() => new PrismaClient({ adapter: new PrismaPg({ a }) }))',
  'new ResilientPrismaClient(new PrismaClient({ adapter: new PrismaPg({ a }) }))',
  'new PrismaClient({ adapter }).$extends(resilientExtension())',
  "// Prisma's own engine: there is no adapter to guard.\nnew ResilientPrismaClient({ client: PrismaClient, resilient: {} })",
  'new ResilientPrismaClient({ client, log: [...levels], transactionOptions: { adapter: 1 } })',
  'class Service extends PrismaClient { constructor() { super({ adapter }); } }\nnew ResilientPrismaClient(new Service())',
  "import { guardAdapter, ResilientClient, ResilientPrismaClient } from 'prisma-resilient-client';",
  '// ctx.guard(adapter)\n/* guardAdapter(adapter) */ new ResilientPrismaClient(make)',
  "throw new Error('call ctx.guard(adapter)')",
  'safeguard(adapter); guards(adapter); myGuardAdapter(adapter)',
  '',
])('none: %s', (text) => {
  expect(guardWaysIn(text)).toEqual([]);
});

/** Each takes minutes where a reader begins anew at each of its pieces. */
test.each([
  'guard(',
  'guard<',
  'guard ',
  'new ResilientPrismaClient({',
  'new ResilientPrismaClient<',
  '<>',
  ' ',
  'guard?.',
])('half a megabyte of %j', (piece) => {
  const text = `guard ResilientClient new ResilientPrismaClient ${piece.repeat(Math.floor(kLargestFile / piece.length))}`;
  expect(guardWaysIn(`extends ResilientPrismaClient ${text}`).length).toBeLessThanOrEqual(2);
});
