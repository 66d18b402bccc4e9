// A health indicator for @nestjs/terminus: the endpoint of a Nest application says what this package knows.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientPrismaClient } from 'prisma-resilient-client';
import { PrismaClient, connectionString } from '../toolbox/database.mjs';

/** Slow answers and high memory are `degraded`, which is still up: an orchestrator must not restart for them. */
class DatabaseHealth {
  constructor(indicators, resilient) {
    this.indicators = indicators;
    this.resilient = resilient;
  }

  async check(key) {
    const { status, latency, error } = await this.resilient.healthCheck();
    const { state, parked } = this.resilient.getConnectionStats();
    const session = this.indicators.check(key);
    if (status === 'unhealthy') return session.down({ message: error, state, parked });
    return session.up({ health: status, latency, state, parked });
  }
}

const open = (url) =>
  new ResilientPrismaClient(
    (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg({ connectionString: url })) }),
    {
      logging: { level: 'silent' },
    },
  );
const resilient = open(connectionString);
await resilient.ready();

class AppModule {}
const module = {
  module: AppModule,
  imports: [TerminusModule.forRoot({ logger: false })],
  providers: [
    {
      provide: DatabaseHealth,
      useFactory: (indicators) => new DatabaseHealth(indicators, resilient),
      inject: [HealthIndicatorService],
    },
  ],
};
const app = await NestFactory.createApplicationContext(module, { logger: false });
const health = await app.resolve(HealthCheckService);
const indicators = app.get(HealthIndicatorService);

// In a controller: `@Get() @HealthCheck() check() { return this.health.check([() => this.database.check('database')]); }`
const { status, details } = await health.check([() => app.get(DatabaseHealth).check('database')]);
console.log(status, details.database.status, details.database.health, details.database.state);

const gone = open('postgresql://app@127.0.0.1:1/app');
const unhealthy = new DatabaseHealth(indicators, gone);
const failure = await health.check([() => unhealthy.check('database')]).catch((error) => error);
console.log(failure.getStatus(), failure.getResponse().details.database.status);

await Promise.all([resilient.shutdown(), gone.shutdown(), app.close()]);

// Prints:
// ok up healthy up
// 503 down
