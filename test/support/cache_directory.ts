/** What the kit keeps between runs: data directory templates, unpacked servers, port locks. One per user. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** The cache directory, or a folder in it, made if needed. */
export function cacheDirectory(...parts: string[]): string {
  const dir = path.join(os.tmpdir(), `prisma-resilient-kit-${process.getuid?.() ?? 0}`, ...parts);
  fs.mkdirSync(dir, { recursive: true });
  return dir;
}
