/** What to do where no addon was loaded: which of the four reasons it was, by what was tried. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const kPackage = 'prisma-resilient-client';
const kBuild = 'Build it on this machine, with a C++20 compiler and CMake:  npx prisma-resilient build';
/** In the words of glibc's and musl's loaders. */
const kOtherLibc = /ld-musl|libc\.musl|GLIBC|GLIBCXX|ld-linux|libc\.so\.6|symbol not found|Error relocating/;

const kBundled =
  `${kPackage} was put into a bundle without its binaries. Either leave it out of the bundle:\n` +
  `    esbuild   --external:${kPackage}\n` +
  `    webpack   externals: { '${kPackage}': 'commonjs ${kPackage}' }\n` +
  `    rollup    external: ['${kPackage}']\n` +
  `    ncc       --external ${kPackage}\n` +
  `    tsup      external: ['${kPackage}']\n` +
  `    Next.js   serverExternalPackages: ['${kPackage}']\n` +
  '  or bring the binaries: its folder "prebuilds" beside the bundle, or a folder that PRISMA_RESILIENT_ADDON_DIR names.\n' +
  '  docs/bundlers.md has the lines for each bundler';

/**
 * `refused`: a line for each file that was tried; `root`: where the package's own folder should be; `named`: the folder that
 * PRISMA_RESILIENT_ADDON_DIR names.
 */
export function advice(refused: readonly string[], root: string, named: string | undefined): string {
  const broken = refused.filter((line) => !/: not there$|: the package has none for this platform$/.test(line));
  if (named) {
    return `PRISMA_RESILIENT_ADDON_DIR names the folder to take it from, and nothing else is tried. ${kBuild}`;
  }
  if (broken.length === 0) return isOwnFolder(root) ? kBuild : kBundled;
  if (broken.some((line) => kOtherLibc.test(line))) {
    return `There is one, for another C library, or a newer one, than this system's. ${kBuild}`;
  }
  return `There is one, and the system refuses to load it, for the reason above. ${kBuild}`;
}

/** In a bundle, the file that stands for all of ours is anywhere. */
export function isOwnFolder(root: string): boolean {
  const file = join(root, 'package.json');
  try {
    return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }).name === kPackage;
  } catch {
    return false;
  }
}
