/** Versions of installed packages, read from their package.json: nothing of them is loaded. */
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface InstalledPackage {
  readonly version: string;
  readonly folder: string;
}

/** As Node's resolution would find it from `folder`. */
export function findPackage(folder: string, name: string): InstalledPackage | undefined {
  for (let dir = folder; ; dir = dirname(dir)) {
    const place = join(dir, 'node_modules', name);
    try {
      const { version } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as { version?: unknown };
      // A link of pnpm's: what the package itself depends on lies beside its real place.
      if (typeof version === 'string') return { version, folder: realpathSync(place) };
    } catch {
      // Not here.
    }
    if (dir === dirname(dir)) return undefined;
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
