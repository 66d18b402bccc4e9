/**
 * Nest as people write it: services are classes, controllers get them by type, and the application ends what it began.
 * Terminus is an ES module: examples/observe/nest-terminus.mjs, which runs as a test of its own.
 */
import 'reflect-metadata';
import { Controller, Get, type INestApplication, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { PrismaPg } from '@prisma/adapter-pg';

import { ResilientClient, ResilientPrismaClient, ShutdownError } from '../../../lib';
import { PostgresCluster } from '../../support/postgres';
import { createSchema, generatedClient } from '../../support/prisma';

jest.setTimeout(60_000);

const { PrismaClient } = generatedClient();
type Bare = InstanceType<typeof PrismaClient>;

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(() => cluster.dispose());
const adapter = (): PrismaPg => new PrismaPg({ connectionString: cluster.url() });
const silent = { logging: { level: 'silent' } } as const;

/** As a decorator would, with what the compiler emits for it. */
function decorated(type: object, decorate: (type: never) => void, ...injected: unknown[]): void {
  Reflect.defineMetadata('design:paramtypes', injected, type);
  decorate(type as never);
}

// ---- a class of its own ----------------------------------------------------------------------------------------------

class PrismaService extends ResilientClient(PrismaClient) {
  readonly greeting = 'hello';
  modules = 0;

  constructor() {
    super({ adapter, resilient: silent });
  }

  async onModuleInit(): Promise<void> {
    this.modules += 1;
    await this.$connect();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$resilience.shutdown();
  }

  /** A model, inside a method of the class. */
  countUsers(): Promise<number> {
    return this.user.count();
  }

  async addUser(email: string): Promise<number> {
    return this.$transaction(async (tx) => {
      await tx.user.create({ data: { email } });
      return tx.user.count();
    });
  }
}
decorated(PrismaService, Injectable());

class UsersController {
  constructor(private readonly prisma: PrismaService) {}

  async count(): Promise<{ users: number }> {
    return { users: await this.prisma.countUsers() };
  }
}
decorated(UsersController, Controller('users'), PrismaService);
Get()(UsersController.prototype, 'count', Object.getOwnPropertyDescriptor(UsersController.prototype, 'count')!);

class AppModule {}
decorated(AppModule, Module({ controllers: [UsersController], providers: [PrismaService], exports: [PrismaService] }));

async function serve(module: { createNestApplication(): INestApplication }): Promise<[INestApplication, string]> {
  const app = module.createNestApplication();
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  return [app, await app.getUrl()];
}

async function users(url: string): Promise<unknown> {
  const response = await fetch(`${url}/users`);
  return response.status === 200 ? ((await response.json()) as unknown) : response.status;
}

describe('class PrismaService extends ResilientClient(PrismaClient)', () => {
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    [app, url] = await serve(await Test.createTestingModule({ imports: [AppModule] }).compile());
  });
  afterAll(() => app.close());

  test('is an instance of itself and of the client, with fields, hooks and methods of its own', async () => {
    const service = app.get(PrismaService);
    expect(service).toBeInstanceOf(PrismaService);
    expect(service).toBeInstanceOf(PrismaClient);
    expect(service.constructor).toBe(PrismaService);
    expect([service.greeting, service.modules]).toEqual(['hello', 1]);
    expect('user' in service && 'countUsers' in service).toBe(true);
    expect(await service.countUsers()).toBe(await service.user.count());
    expect(service.$resilience).toBeInstanceOf(ResilientPrismaClient);
  });

  test('interactive transactions run inside its methods', async () => {
    const service = app.get(PrismaService);
    const before = await service.user.count();
    expect(await service.addUser(`nest-${before}@example.org`)).toBe(before + 1);
  });

  test('a request that meets an outage is answered when it is over, across a replacement of the client, too', async () => {
    const expected = await users(url);
    await cluster.stop('immediate');
    const during = users(url);
    await cluster.start();
    expect(await during).toEqual(expected);
    await app.get(PrismaService).$resilience.hardReset();
    expect(await users(url)).toEqual(expected);
  });

  test('close() ends the client', async () => {
    const [other, place] = await serve(await Test.createTestingModule({ imports: [AppModule] }).compile());
    const service = other.get(PrismaService);
    expect(await users(place)).toEqual({ users: expect.any(Number) });
    await other.close();
    await expect(service.countUsers()).rejects.toBeInstanceOf(ShutdownError);
  });

  test('overrideProvider puts a stub in its place', async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(PrismaService)
      .useValue({ countUsers: async () => 42 })
      .compile();
    const [other, place] = await serve(module);
    expect(await users(place)).toEqual({ users: 42 });
    await other.close();
  });
});

/** Overrides Prisma's methods, to do something of its own before. */
class LoggingService extends ResilientClient(PrismaClient) {
  readonly log: string[] = [];

  constructor() {
    super({ adapter, resilient: silent });
  }

  override $queryRaw<T = unknown>(...args: Parameters<Bare['$queryRaw']>): ReturnType<Bare['$queryRaw']> & Promise<T> {
    this.log.push('$queryRaw');
    return super.$queryRaw<T>(...args) as ReturnType<Bare['$queryRaw']> & Promise<T>;
  }

  countTwice(): Promise<number[]> {
    return super.$transaction([this.user.count(), super.user.count()]);
  }
}

test('what an override asks of super waits for the database, too', async () => {
  const service = new LoggingService();
  const now = (): Promise<unknown> => service.$queryRaw`SELECT 1 AS one`;
  const expected = await service.countTwice();
  await cluster.stop('immediate');
  const during = Promise.all([now(), service.countTwice()]);
  await cluster.start();
  expect(await during).toEqual([[{ one: 1 }], expected]);
  expect(service.log).toEqual(['$queryRaw']);
  await service.$resilience.shutdown();
});

// ---- the class that is there already, as a type ----------------------------------------------------------------------

class PlainService extends PrismaClient {}

class PlainController {
  constructor(private readonly prisma: PlainService) {}

  async count(): Promise<{ users: number }> {
    return { users: await this.prisma.user.count() };
  }
}
decorated(PlainController, Controller('users'), PlainService);
Get()(PlainController.prototype, 'count', Object.getOwnPropertyDescriptor(PlainController.prototype, 'count')!);

test('class PrismaService extends PrismaClient stays as a type, provided by useFactory', async () => {
  const resilient = new ResilientPrismaClient(
    (ctx) => new PlainService({ adapter: ctx.guard(adapter()) }) as Bare,
    silent,
  );
  const module = await Test.createTestingModule({
    controllers: [PlainController],
    providers: [{ provide: PlainService, useFactory: () => resilient.getClient() }],
  }).compile();
  const [app, url] = await serve(module);
  // As a bare one of Prisma 7, it is no instance of the class that made it: only the type is kept.
  expect(app.get(PlainService) instanceof PlainService).toBe(
    new PlainService({ adapter: adapter() }) instanceof PlainService,
  );
  await cluster.stop('immediate');
  const during = users(url);
  await cluster.start();
  expect(await during).toEqual({ users: expect.any(Number) });
  await app.close();
  await resilient.shutdown();
});
