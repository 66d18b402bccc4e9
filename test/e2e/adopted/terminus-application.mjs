// A Nest application as people write it, with Terminus behind /health. Decorators are called as the compiler would call them.
// It prints its address, and ends when its standard input does.
import 'reflect-metadata';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { PrismaPg } from '@prisma/adapter-pg';
import { ResilientClient } from 'prisma-resilient-client';
import { PrismaClient, connectionString } from '../../../examples/toolbox/database.mjs';

function decorated(type, decorate, ...injected) {
  Reflect.defineMetadata('design:paramtypes', injected, type);
  decorate(type);
}

class PrismaService extends ResilientClient(PrismaClient) {
  constructor() {
    super({
      adapter: () => new PrismaPg({ connectionString }),
      resilient: { logging: { level: 'silent' }, healthCheck: { timeoutMs: 1000 } },
    });
  }

  onApplicationShutdown() {
    return this.$resilience.shutdown();
  }
}
decorated(PrismaService, Injectable());

class DatabaseHealth {
  constructor(indicators, prisma) {
    this.indicators = indicators;
    this.prisma = prisma;
  }

  async check(key) {
    const { status, latency, error } = await this.prisma.$resilience.healthCheck();
    const session = this.indicators.check(key);
    return status === 'unhealthy' ? session.down({ message: error }) : session.up({ health: status, latency });
  }
}
decorated(DatabaseHealth, Injectable(), HealthIndicatorService, PrismaService);

class HealthController {
  constructor(health, database) {
    this.health = health;
    this.database = database;
  }

  check() {
    return this.health.check([() => this.database.check('database')]);
  }
}
decorated(HealthController, Controller('health'), HealthCheckService, DatabaseHealth);
const check = Object.getOwnPropertyDescriptor(HealthController.prototype, 'check');
Get()(HealthController.prototype, 'check', check);
HealthCheck()(HealthController.prototype, 'check', check);

class AppModule {}
decorated(
  AppModule,
  Module({
    imports: [TerminusModule.forRoot({ logger: false })],
    controllers: [HealthController],
    providers: [PrismaService, DatabaseHealth],
  }),
);

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
console.log(await app.getUrl());
process.stdin.resume().on('end', () => void app.close());
