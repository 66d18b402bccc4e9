/** Versions of installed packages, read from their package.json: nothing of them is loaded. */
import { realpathSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';

import { readText } from '../../project/read-file';

interface InstalledPackage {
  readonly version: string;
  readonly folder: string;
}

/** As Node's resolution would find it from `folder`. */
export function findPackage(folder: string, name: string): InstalledPackage | undefined {
  const plugged = placeByPnp(folder, name);
  if (plugged !== undefined) return packageAt(plugged);
  for (let dir = folder; ; dir = dirname(dir)) {
    const found = packageAt(join(dir, 'node_modules', name));
    if (found !== undefined || dir === dirname(dir)) return found;
  }
}

function packageAt(place: string): InstalledPackage | undefined {
  try {
    const { version } = JSON.parse(readText(join(place, 'package.json')) ?? '') as { version?: unknown };
    // A link of pnpm's: what the package itself depends on lies beside its real place.
    return typeof version === 'string' ? { version, folder: realpathSync(place) } : undefined;
  } catch {
    return undefined; // not here
  }
}

const kDependencyFields = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** Names of all packages that the package.json in `folder` asks for, installed or not. */
export function declaredIn(folder: string): ReadonlySet<string> {
  try {
    const manifest = JSON.parse(readText(join(folder, 'package.json')) ?? '') as Record<string, unknown> | null;
    return new Set(kDependencyFields.flatMap((field) => Object.keys(manifest?.[field] ?? {})));
  } catch {
    return new Set(); // none, or none that npm would take
  }
}

/** The part of Yarn's Plug'n'Play API that is used: https://yarnpkg.com/advanced/pnpapi */
interface PnpApi {
  resolveToUnqualified(request: string, issuer: string): string | null;
}

/** Where Yarn's Plug'n'Play keeps a package: in no node_modules, and often inside an archive that it reads for us. */
function placeByPnp(folder: string, name: string): string | undefined {
  const issuer = join(folder, 'package.json');
  const { findPnpApi } = nodeModule as { findPnpApi?: (path: string) => PnpApi | null };
  try {
    return findPnpApi?.(issuer)?.resolveToUnqualified(name, issuer) ?? undefined;
  } catch {
    return undefined; // not among what the project depends on
  }
}

export const kAdapters = [
  '@prisma/adapter-pg',
  '@prisma/adapter-neon',
  '@prisma/adapter-mariadb',
  '@prisma/adapter-planetscale',
  '@prisma/adapter-mssql',
  '@prisma/adapter-libsql',
  '@prisma/adapter-better-sqlite3',
  '@prisma/adapter-d1',
];

/** node-postgres as the project has it, or as its adapter does. */
export function findPg(project: string): InstalledPackage | undefined {
  const own = findPackage(project, 'pg');
  if (own) return own;
  const adapter = findPackage(project, '@prisma/adapter-pg');
  return adapter && findPackage(adapter.folder, 'pg');
}
