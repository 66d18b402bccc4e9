/** A runner on the addon, on stub operations whose tries the test settles itself. Time is the real one, and never waited for. */
import { ConfigError } from '../../../lib/errors';
import { SafeEmitter } from '../../../lib/events';
import { Core, type TaskEffect } from '../../../lib/drive/core';
import { FailureReporter } from '../../../lib/host/failure';
import { ServingGeneration } from '../../../lib/host/generation';
import { Generations } from '../../../lib/host/generations';
import { Log } from '../../../lib/host/log';
import { Runner } from '../../../lib/host/runner';
import type { ClientLike, Generation, Operation } from '../../../lib/contracts/operation';
import { OperationKind, VerifyVerdict, native } from '../../../lib/native';
import type { ResilientConfig } from '../../../lib/options';

/** What a database that is not there answers with. */
export function refused(): Error {
  return Object.assign(new Error("Can't reach database server at 127.0.0.1:5432"), {
    name: 'PrismaClientInitializationError',
    errorCode: 'P1001',
    clientVersion: '7.10.0',
  });
}

/** One try of a stub operation. */
export interface StubTry {
  readonly generation: Generation;
  answer(value: unknown): void;
  fail(error: unknown): void;
}

export class StubOperation implements Operation<unknown> {
  readonly model = 'User';
  readonly shape = 'single';
  readonly hasUserCode = false;
  readonly tries: StubTry[] = [];
  readonly kind: OperationKind;
  private awaited: { count: number; resolve: () => void } | undefined = undefined;

  constructor(readonly action: 'findMany' | 'create' = 'findMany') {
    this.kind = action === 'create' ? OperationKind.write : OperationKind.read;
  }

  start(generation: Generation): Promise<unknown> {
    const promise = new Promise((answer, fail) => this.tries.push({ generation, answer, fail }));
    if (this.tries.length === this.awaited?.count) this.awaited.resolve();
    return promise;
  }

  /** Resolves when its try number `count` starts. */
  tried(count: number): Promise<void> {
    if (this.tries.length >= count) return Promise.resolve();
    return new Promise((resolve) => (this.awaited = { count, resolve }));
  }
}

export class Stand {
  readonly core: Core;
  readonly runner: Runner;
  readonly generation: ServingGeneration;
  /** What the core has asked the host for, tickets left out. */
  readonly effects: TaskEffect[] = [];
  /** Every verification succeeds from now on. */
  answering = false;

  constructor(config: ResilientConfig = {}) {
    const log = new Log('silent');
    const client = { $connect: async () => {}, $disconnect: async () => {} } as ClientLike;
    const reporter = new FailureReporter(config, new SafeEmitter(() => {}), log);
    const generations = new Generations(() => client, {
      verifiesWrites: false,
      log,
      instance: false,
      call: () => {
        throw new Error('no client is made here');
      },
    });
    this.core = new Core({
      config: new native.NativeConfig(config, ConfigError),
      canReplace: true,
      hasProbe: false,
      hasClient: true,
      beneath: '',
      serving: undefined,
      onBeat: () => {},
      onRest: () => {},
      onWoken: () => {},
      onEffect: (effect) => {
        this.effects.push(effect);
        if (effect.type === 'verify' && this.answering) setImmediate(() => this.answerVerification('ok'));
      },
    });
    this.generation = new ServingGeneration(client, this.core.epoch, undefined, undefined);
    generations.current = this.generation;
    this.runner = new Runner(this.core, generations, reporter);
    this.core.begin();
    this.core.input((supervisor, now) => supervisor.wantConnection(now));
    this.answerVerification('ok');
  }

  /** Of the verification that the core asked for last. */
  answerVerification(verdict: 'ok' | 'unreachable'): void {
    const asked = this.effects.filter((effect) => effect.type === 'verify').pop();
    if (asked?.type !== 'verify') throw new Error('the core has not asked whether the client works');
    this.core.input((supervisor, now) => supervisor.onVerified(now, asked.id, VerifyVerdict[verdict]));
  }

  get stats() {
    return this.core.ask((supervisor, now) => supervisor.stats(now));
  }

  end(): void {
    this.core.input((supervisor, now) => supervisor.stop(now, 1000));
    this.core.end();
  }
}
