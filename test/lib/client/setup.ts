import { createClientProxy } from '../../../lib/client/proxy';
import { type Answer, type Call, type FakeOptions, fakePrisma } from './fake-prisma';
import { FakeRunner } from './fake-runner';
import { askedKinds } from './kinds';

type Operations = Record<string, (...args: unknown[]) => PrismaPromiseOfTest>;
interface PrismaPromiseOfTest extends Promise<unknown> {
  requestTransaction(transaction: unknown): PromiseLike<unknown>;
  posts(args?: unknown): PrismaPromiseOfTest;
  kind(args?: unknown): PrismaPromiseOfTest;
}

/** What the tests use of a client. */
export interface TestClient {
  user: Operations;
  $queryRaw: (...args: unknown[]) => PrismaPromiseOfTest;
  $transaction(input: unknown, options?: unknown): Promise<unknown>;
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
}

export interface Setup {
  readonly runner: FakeRunner;
  readonly prisma: TestClient;
  readonly calls: Call[];
  readonly kinds: ReturnType<typeof askedKinds>;
}

/** Clients are called 'client 1', 'client 2', … in the order of their making. */
export function setup(answer: Answer = ({ action, client }) => `${action} on ${client}`, options?: FakeOptions): Setup {
  const calls: Call[] = [];
  const kinds = askedKinds();
  let made = 0;
  const runner = new FakeRunner(() => fakePrisma(`client ${++made}`, calls, answer, options));
  const prisma = createClientProxy(runner, kinds) as unknown as TestClient;
  return { runner, prisma, calls, kinds };
}

/** With its first client already there. */
export function started(answer?: Answer, options?: FakeOptions): Setup {
  const parts = setup(answer, options);
  parts.runner.reset();
  return parts;
}

/** `client: action` of each call, in order. */
export function summary(calls: readonly Call[]): string[] {
  return calls.map(
    ({ client, action, inTransaction }) => `${client}: ${action}${inTransaction ? ' in transaction' : ''}`,
  );
}
