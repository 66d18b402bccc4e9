/** What is installed, and how the project's text uses it. */
import type { Rule } from '../finding';
import { isOlder, major } from '../versions';

const kOldestNode = [16, 20, 0] as const;
const kOldestPrisma = 5;
const kGuardSince = [6, 16, 0] as const;
const kSoundAdapter = [7, 10, 0] as const;
const kAdapterPg = '@prisma/adapter-pg';

export const kProjectRules: readonly Rule[] = [
  {
    id: 'node-version',
    of: 'project',
    ask: ({ project: { node } }) =>
      isOlder(node, kOldestNode)
        ? {
            severity: 'problem',
            seen: `Node ${node}`,
            why: 'the native addon needs a newer Node-API',
            fix: 'use Node 16.20 or newer',
          }
        : { severity: 'ok', seen: `Node ${node}` },
  },
  {
    id: 'addon',
    of: 'project',
    ask: ({ project: { addon } }) => {
      if (addon.core !== undefined) {
        return {
          severity: 'problem',
          seen: addon.core,
          why: 'without its addon prisma-resilient-client does not load at all',
          fix: 'install it on the platform on which it runs, or build it there: npx prisma-resilient build',
        };
      }
      if (addon.inUse?.kind === 'wasm') {
        return {
          severity: 'info',
          seen: `the core runs as WebAssembly (${addon.inUse.from})`,
          why: 'the database is looked for through the client itself, later and with less knowledge',
          fix: 'where a C++ compiler can be had: npx prisma-resilient build',
        };
      }
      if (addon.probe === undefined) {
        const { libraries, inUse } = addon;
        return {
          severity: 'ok',
          seen: `both native addons load${inUse ? ` (${inUse.from}${libraries ? `, ${bundled(libraries)}` : ''})` : ''}`,
        };
      }
      return {
        severity: 'warning',
        seen: addon.probe,
        why: 'without the native probe the database is looked for through the client itself, later and with less knowledge',
        fix: 'install the package on the platform on which it runs',
      };
    },
  },
  {
    id: 'prisma-version',
    of: 'project',
    ask: ({ project: { hasPackageJson, client } }) => {
      if (client === undefined) {
        return {
          severity: 'info',
          seen: hasPackageJson ? '@prisma/client is not installed' : 'no package.json here',
          why: 'what depends on the version of Prisma cannot be judged',
          fix: 'run the doctor in the folder of the application, after npm install',
        };
      }
      if (major(client) >= kOldestPrisma) return { severity: 'ok', seen: `@prisma/client ${client}` };
      return {
        severity: 'problem',
        seen: `@prisma/client ${client}`,
        why: 'its errors and internals differ from what this package knows',
        fix: 'use Prisma 5.22, 6 or 7',
      };
    },
  },
  {
    id: 'prisma-versions-differ',
    of: 'project',
    ask: ({ project: { client, prisma, adapters } }) => {
      if (client === undefined) return undefined;
      const others = [...(prisma === undefined ? [] : [{ name: 'prisma', version: prisma }]), ...adapters];
      const apart = others.filter(({ version }) => major(version) !== major(client));
      if (apart.length === 0) return undefined;
      return {
        severity: 'warning',
        seen: `@prisma/client ${client} beside ${apart.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
        why: 'generated code, client and adapter of different majors disagree about interfaces and errors',
        fix: `install all of them in ${major(client)}.x`,
      };
    },
  },
  {
    id: 'guard',
    of: 'project',
    ask: ({ project: { client, adapters, uses } }) => {
      if (client === undefined) return undefined;
      const possible = adapters.length > 0 && !isOlder(client, kGuardSince);
      if (possible && uses.guard) return { severity: 'ok', seen: 'the guard can be used, and is' };
      if (possible) {
        return {
          severity: 'info',
          seen: 'the guard can be used; the text of the project does not show that it is',
          why: 'without it a write that was never sent cannot be told from one in doubt, and nothing can be verified',
          fix: 'make the adapter inside the factory: (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg(…)) })',
        };
      }
      return {
        severity: 'info',
        seen: adapters.length === 0 ? 'no driver adapter is installed' : `@prisma/client ${client}`,
        why: "the guard, and with it writes.onUnknownOutcome: 'verify', needs Prisma 6.16 or newer with a driver adapter",
        fix: 'upgrade and use a driver adapter such as @prisma/adapter-pg',
      };
    },
  },
  {
    id: 'adapter-version',
    of: 'project',
    ask: ({ project: { adapters, pg } }) => {
      const adapter = adapters.find(({ name }) => name === kAdapterPg);
      if (!adapter) return undefined;
      if (!isOlder(adapter.version, kSoundAdapter)) {
        const driver = pg === undefined ? '' : `, on pg ${pg}`;
        return { severity: 'ok', seen: `${kAdapterPg} ${adapter.version}${driver}` };
      }
      return {
        severity: 'warning',
        seen: `${kAdapterPg} ${adapter.version}`,
        why:
          'before 7.10.0 it can hand a connection back to its pool in the middle of a transaction, and reports deadlocks ' +
          'and serialization failures as unknown errors',
        fix: 'use 7.10.0 or newer',
      };
    },
  },
  {
    id: 'driver-adapters-preview',
    of: 'project',
    ask: ({ project: { client, adapters, files } }) => {
      if (client === undefined || adapters.length === 0 || !isOlder(client, kGuardSince)) return undefined;
      if (!files.generator || files.generator.previewFeatures.includes('driverAdapters')) return undefined;
      return {
        severity: 'warning',
        seen: `@prisma/client ${client} with a driver adapter, and the generator lacks previewFeatures = ["driverAdapters"]`,
        why: 'before Prisma 6.16 a client generated without it refuses an adapter',
        fix: 'add the preview feature and generate the client again, or use Prisma 6.16 or newer',
      };
    },
  },
  {
    id: 'pool-wait',
    of: 'project',
    ask: ({ project: { adapterCalls } }) => {
      const lacking = adapterCalls.filter(
        ({ settings, names }) => settings === 'literal' && !names.includes('connectionTimeoutMillis'),
      );
      if (adapterCalls.length === 0) return undefined;
      if (lacking.length === 0) return knownOrNot(adapterCalls, 'the pool has a time limit for waiting');
      return {
        severity: 'warning',
        seen: `no connectionTimeoutMillis at ${places(lacking)}`,
        why: 'while its connections are busy, or the network swallows packets, a query waits for one for ever',
        fix: 'new PrismaPg(poolConfig(url)) sets 10 s; or connectionTimeoutMillis: 10000',
      };
    },
  },
  {
    id: 'keep-alive',
    of: 'project',
    ask: ({ project: { adapterCalls } }) => {
      const lacking = adapterCalls.filter(
        ({ settings, names }) => settings === 'literal' && !names.includes('keepAlive'),
      );
      if (adapterCalls.length === 0) return undefined;
      if (lacking.length === 0) return knownOrNot(adapterCalls, 'the pool keeps its connections alive');
      return {
        severity: 'warning',
        seen: `no keepAlive at ${places(lacking)}`,
        why: 'an idle connection that a firewall or a failover dropped is only found out by a query that hangs on it',
        fix: 'new PrismaPg(poolConfig(url)) turns it on; or keepAlive: true',
      };
    },
  },
  {
    id: 'connection-errors',
    of: 'project',
    ask: ({ project: { adapterCalls, uses } }) => {
      if (adapterCalls.length === 0) return undefined;
      if (uses.guard) return { severity: 'ok', seen: 'the guard listens for errors on every connection' };
      return {
        severity: 'warning',
        seen: `no ctx.guard() around the adapter of ${places(adapterCalls)}`,
        why:
          "node-postgres raises 'error' on a connection that breaks while it is handed out and idle, or that comes too " +
          'late for its maxWait; without a listener that ends the process',
        fix:
          'ctx.guard(new PrismaPg(…)); or new PrismaPg(pool) with a pool of your own and ' +
          "pool.on('connect', (client) => client.on('error', () => {}))",
      };
    },
  },
  {
    id: 'url-in-source',
    of: 'url',
    ask: (_facts, url) =>
      url.isLiteral && url.user !== ''
        ? {
            severity: 'warning',
            seen: `the database URL stands in the source (${url.source})`,
            why: 'whoever reads the repository can log in, and another environment cannot have another database',
            fix: 'take it from the environment: env("DATABASE_URL")',
          }
        : undefined,
  },
];

interface Place {
  readonly file: string;
  readonly line: number;
}

function places(calls: readonly Place[]): string {
  return calls.map(({ file, line }) => `${file}:${line}`).join(', ');
}

function knownOrNot(
  calls: readonly (Place & { readonly settings: string })[],
  well: string,
): { severity: 'ok' | 'info'; seen: string; why?: string } {
  const unknown = calls.filter(({ settings }) => settings === 'unknown');
  if (unknown.length === 0) return { severity: 'ok', seen: well };
  return {
    severity: 'info',
    seen: `the settings at ${places(unknown)} cannot be read from the text`,
    why: 'adapters are made there from a variable or a call; this package warns at run time where they lack something',
  };
}

/** What the probe has inside, whose advisories concern it: libpq 15.18, OpenSSL 3.0.19. */
function bundled({ libpq, openssl }: { readonly libpq: number; readonly openssl: string }): string {
  return `libpq ${Math.floor(libpq / 10_000)}.${libpq % 10_000}, ${openssl}`;
}
