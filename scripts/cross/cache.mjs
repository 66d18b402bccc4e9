// What takes long to make is kept, per recipe, in $XDG_CACHE_HOME or ~/.cache. Nothing of it is needed in a checkout.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export const cacheRoot = path.join(
  process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'),
  'prisma-resilient-client',
);

/** Files and texts in one short name: another recipe is kept beside the first, not instead of it. */
export function fingerprint(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part instanceof URL ? fs.readFileSync(part) : JSON.stringify(part));
  return hash.digest('hex').slice(0, 12);
}

/**
 * The folder `name`, made by `make(folder)` on the first call. It appears whole or not at all; where two make it at
 * once, the first one's is taken.
 */
export async function cached(name, make) {
  const place = path.join(cacheRoot, name);
  if (fs.existsSync(place)) return place;
  fs.mkdirSync(cacheRoot, { recursive: true });
  const draft = fs.mkdtempSync(path.join(cacheRoot, 'draft-'));
  try {
    await make(draft);
    if (!fs.existsSync(place)) fs.renameSync(draft, place);
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
  return place;
}
