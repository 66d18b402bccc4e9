/** What is installed, and how the project's text uses it. */
import type { Rule } from '../finding';
import { isGuardVersion, isGuarded, unguardedCalls, usesGuard } from '../guard-use';
import { isOlder, major } from '../versions';

const kOldestNode = [16, 20, 0] as const;
const kOldestPrisma = 5;
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
    ask: ({ project }) => {
      const { client, adapters } = project;
      if (client === undefined) return undefined;
      if (isGuarded(project)) return { severity: 'ok', seen: 'the guard can be used, and is' };
      const possible = adapters.length > 0 && isGuardVersion(project);
      const bare = unguardedCalls(project);
      if (possible) {
        return {
          severity: 'info',
          seen: usesGuard(project)
            ? `the guard can be used, and is, yet not by the client at ${bare.map(({ file, line }) => `${file}:${line}`).join(', ')}`
            : 'the guard can be used; the text of the project does not show that it is',
          why: 'without it a write that was never sent cannot be told from one in doubt, and nothing can be verified',
          fix:
            'make the adapter inside the factory: (ctx) => new PrismaClient({ adapter: ctx.guard(new PrismaPg(…)) }); ' +
            'for a ready-made client or the extension: guardAdapter(new PrismaPg(…))',
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
    id: 'rust-engine',
    of: 'project',
    ask: ({ project }) => {
      const { client, files } = project;
      if (client === undefined || major(client) !== 6 || !usesGuard(project) || !isGuardVersion(project))
        return undefined;
      if (files.generator?.engineType === 'client')
        return { severity: 'ok', seen: 'the generator has engineType = "client"' };
      return {
        severity: 'info',
        seen: `@prisma/client ${client} with its Rust engine above the guard`,
        why:
          'that engine puts errors of its own in the place of what the guard throws: a write that is proven not to be applied ' +
          'may fail as unknown, and nested writes take a round trip more',
        fix: 'set engineType = "client" in the generator, and generate the client again',
      };
    },
  },
  {
    id: 'adapter-version',
    of: 'project',
    ask: ({ project }) => {
      const { adapters, pg } = project;
      const adapter = adapters.find(({ name }) => name === kAdapterPg);
      if (!adapter) return undefined;
      const seen = `${kAdapterPg} ${adapter.version}${pg === undefined ? '' : `, on pg ${pg}`}`;
      if (!isOlder(adapter.version, kSoundAdapter)) return { severity: 'ok', seen };
      if (isGuarded(project)) return { severity: 'ok', seen: `${seen}, beneath the guard` };
      return {
        severity: 'warning',
        seen: `${kAdapterPg} ${adapter.version}`,
        why:
          'before 7.10.0 it can hand a connection back to its pool in the middle of a transaction, and reports deadlocks ' +
          'and serialization failures as unknown errors',
        fix: 'use 7.10.0 or newer, or the guard',
      };
    },
  },
  {
    id: 'driver-adapters-preview',
    of: 'project',
    ask: ({ project }) => {
      const { client, adapters, files } = project;
      if (client === undefined || adapters.length === 0 || isGuardVersion(project)) return undefined;
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

/** What the probe has inside, whose advisories concern it: libpq 15.18, OpenSSL 3.0.22. */
function bundled({ libpq, openssl }: { readonly libpq: number; readonly openssl: string }): string {
  return `libpq ${Math.floor(libpq / 10_000)}.${libpq % 10_000}, ${openssl}`;
}
