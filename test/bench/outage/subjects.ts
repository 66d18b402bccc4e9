/** Who is compared. */
import type { ClientOptions } from '../../support/prisma';

/** Name, and what the table says of it. */
export const kSubjects = {
  ours: 'this package',
  verify: "this package, writes: 'verify'",
  bare: 'bare PrismaClient',
  cockatiel: 'cockatiel',
  previous: 'prisma-resilient-client 0.2.1',
} as const;

export type SubjectName = keyof typeof kSubjects;

/** Where the database is, as an application would be configured. */
export interface Target {
  readonly url: string;
  readonly pool?: ClientOptions['pool'];
  /** Names all hosts of a replicated database; only libpq understands it. */
  readonly everyHost?: string;
}

export interface Subject {
  read(): PromiseLike<unknown>;
  write(token: string): PromiseLike<unknown>;
  /** Occupies a connection for a while. */
  report(seconds: number): PromiseLike<unknown>;
  /** Resolves once the subject is warm. */
  ready(): Promise<void>;
  /** What it has told of itself, by name of the event. */
  readonly events: Record<string, number>;
}
