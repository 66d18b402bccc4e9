/** A data directory made once per server version and user, and copied for each cluster: 70 ms instead of a second. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from './cache_directory';
import { type PgBinaries, publish } from './pg_binaries';
import { isRoot, runUnprivileged, unprivileged } from './unprivileged';

/** Owner of the test databases; an ordinary role, since a superuser is spared much that applications meet. */
export const kAppUser = 'app';
/** Database that every cluster has, owned by `kAppUser`. */
export const kAppDatabase = 'app';

const run = promisify(execFile);

const kInitdb = ['--username=postgres', '--auth=trust', '--no-locale', '--encoding=UTF8', '--no-sync'];
const kRoles = `CREATE ROLE ${kAppUser} LOGIN;\nCREATE DATABASE ${kAppDatabase} OWNER ${kAppUser};\n`;

async function runInitdb(binaries: PgBinaries, data: string): Promise<void> {
  await runUnprivileged(path.join(binaries.bin, 'initdb'), [...kInitdb, '-D', data]);
  await runUnprivileged(path.join(binaries.bin, 'postgres'), ['--single', '-D', data, '-F', 'postgres'], {
    input: kRoles,
  });
}

/**
 * Fills `data`, which must not exist while its parent belongs to the unprivileged user.
 * Copies of the template share one system identifier; `ownSystemIdentifier` runs initdb for this cluster alone.
 */
export async function makeDataDirectory(
  binaries: PgBinaries,
  data: string,
  ownSystemIdentifier: boolean,
): Promise<void> {
  if (ownSystemIdentifier) {
    await runInitdb(binaries, data);
    return;
  }
  await copyTree(await template(binaries), data);
}

async function template(binaries: PgBinaries): Promise<string> {
  const user = unprivileged();
  const recipe = createHash('sha256')
    .update(JSON.stringify([binaries.bin, kInitdb, kRoles]))
    .digest('hex')
    .slice(0, 8);
  const root = cacheDirectory();
  const place = path.join(root, `template-${binaries.version}-${user.uid}-${recipe}`);
  if (fs.existsSync(place)) return path.join(place, 'data');
  const draft = fs.mkdtempSync(path.join(root, 'draft-'));
  fs.chmodSync(draft, 0o755);
  if (isRoot()) fs.chownSync(draft, user.uid, user.gid);
  try {
    await runInitdb(binaries, path.join(draft, 'data'));
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  publish(draft, place);
  return path.join(place, 'data');
}

/** Copies a folder with its owners, which the server insists on. */
async function copyTree(from: string, to: string): Promise<void> {
  await run('cp', ['-a', from, to]);
}
