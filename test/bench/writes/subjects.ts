/** What is measured: the same client with the guard off, on, and on with verification in both ways. */
import { ResilientPrismaClient } from '../../../dist';
import type { PrismaClient } from '../../.generated/client-7';
import { generatedClient, makeAdapter } from '../../support';

export type SubjectName = 'guard off' | 'guard on' | 'by position' | 'by mark';

export interface Subject {
  readonly name: SubjectName;
  readonly client: PrismaClient;
  close(): Promise<void>;
}

export const kSubjects: readonly SubjectName[] = ['guard off', 'guard on', 'by position', 'by mark'];

export const kMarkerTable = 'resilience_marks';

let tokens = 0;

function token(): string {
  tokens += 1;
  return `bench-${tokens}`;
}

const entry = (): { token: string; kind: string } => ({ token: token(), kind: 'bench' });

export const kWork: Readonly<Record<string, (client: PrismaClient) => Promise<unknown>>> = {
  'single create': (client) => client.ledgerEntry.create({ data: entry() }),
  'nested create': (client) =>
    client.ledgerEntry.create({ data: { ...entry(), children: { create: [{ position: 1 }] } } }),
  'array transaction': (client) =>
    client.$transaction([client.ledgerEntry.create({ data: entry() }), client.ledgerEntry.create({ data: entry() })]),
  'interactive transaction': (client) =>
    client.$transaction(async (tx) => {
      await tx.ledgerEntry.create({ data: entry() });
      await tx.ledgerEntry.create({ data: entry() });
    }),
  read: (client) => client.ledgerEntry.findMany({ take: 1 }),
};

export async function openSubject(name: SubjectName, url: string, connections = 4): Promise<Subject> {
  const { PrismaClient: Client } = generatedClient();
  const resilient = new ResilientPrismaClient(
    (ctx) => {
      const adapter = makeAdapter(url, { max: connections });
      return new Client({ adapter: name === 'guard off' ? adapter : ctx.guard(adapter) });
    },
    {
      logging: { level: 'silent' },
      probe: { mode: 'off' },
      refresh: { enabled: false },
      writes: {
        onUnknownOutcome: name === 'by position' || name === 'by mark' ? 'verify' : 'throw',
        markerTable: name === 'by mark' ? kMarkerTable : undefined,
      },
    },
  );
  await resilient.ready();
  return { name, client: resilient.getClient(), close: () => resilient.shutdown() };
}
