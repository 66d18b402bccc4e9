/** A data directory made once per server version and user, and copied for each cluster: 70 ms instead of a second. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type PgBinaries, publish } from './pg_binaries';
import { isRoot, runUnprivileged, unprivileged } from './unprivileged';

/** Owner of the test databases; an ordinary role, since a superuser is spared much that applications meet. */
export const kAppUser = 'app';
/** Database that every cluster has, owned by `kAppUser`. */
export const kAppDatabase = 'app';

const kInitdb = ['--username=postgres', '--auth=trust', '--no-locale', '--encoding=UTF8', '--no-sync'];
const kRoles = `CREATE ROLE ${kAppUser} LOGIN;\nCREATE DATABASE ${kAppDatabase} OWNER ${kAppUser};\n`;

function runInitdb(binaries: PgBinaries, data: string): void {
  runUnprivileged(path.join(binaries.bin, 'initdb'), [...kInitdb, '-D', data]);
  runUnprivileged(path.join(binaries.bin, 'postgres'), ['--single', '-D', data, '-F', 'postgres'], { input: kRoles });
}

/**
 * Fills `data`, which must not exist while its parent belongs to the unprivileged user.
 * Copies of the template share one system identifier; `ownSystemIdentifier` runs initdb for this cluster alone.
 */
export function makeDataDirectory(binaries: PgBinaries, data: string, ownSystemIdentifier: boolean): void {
  if (ownSystemIdentifier) {
    runInitdb(binaries, data);
    return;
  }
  // -a keeps the owner, which the server insists on.
  execFileSync('cp', ['-a', template(binaries), data]);
}

function template(binaries: PgBinaries): string {
  const user = unprivileged();
  const recipe = createHash('sha256')
    .update(JSON.stringify([binaries.bin, kInitdb, kRoles]))
    .digest('hex')
    .slice(0, 8);
  const root = path.join(os.tmpdir(), 'prisma-resilient-kit');
  const place = path.join(root, `template-${binaries.version}-${user.uid}-${recipe}`);
  if (fs.existsSync(place)) return path.join(place, 'data');
  fs.mkdirSync(root, { recursive: true });
  const draft = fs.mkdtempSync(path.join(root, 'draft-'));
  fs.chmodSync(draft, 0o755);
  if (isRoot()) fs.chownSync(draft, user.uid, user.gid);
  try {
    runInitdb(binaries, path.join(draft, 'data'));
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  publish(draft, place);
  return path.join(place, 'data');
}
