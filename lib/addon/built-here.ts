/** Where `npx prisma-resilient build` puts the addons: out of node_modules, so that `npm ci` leaves them alone. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { libcOfThisProcess } from './libc';
import { type AddonFile, targets } from './prebuilt';

/** One folder for each version of the package and each target: an addon serves that one alone. */
export function folderOfBuiltHere(): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { version } = require('../../package.json') as { version: string };
  const [target] = targets(process.platform, process.arch, libcOfThisProcess());
  return join(cacheFolder(), `addon-${version}-${target}`);
}

/** undefined: nothing was ever built here. */
export function builtHere(file: AddonFile): string | undefined {
  return existsSync(cacheFolder()) ? join(folderOfBuiltHere(), file) : undefined;
}

/** As the system names it, or as XDG_CACHE_HOME does. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const parent = XDG_CACHE_HOME || (process.platform === 'win32' && LOCALAPPDATA) || join(homedir(), '.cache');
  return join(parent, 'prisma-resilient-client');
}
