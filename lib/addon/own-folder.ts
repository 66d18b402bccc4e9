/** Where this code lies. Bundlers write ES modules as well, which have no `__dirname`: nothing else in lib/ names it. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this file, which is a sibling of its own folder in dist/; or that of the bundle which it is a part of. */
export function ownFolder(): string {
  try {
    return __dirname;
  } catch {
    return dirname(fileOfCaller());
  }
}

/** The first place on the stack that is a file, which is ours. */
function fileOfCaller(): string {
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFileName());
    const files = new Error().stack as unknown as (string | null | undefined)[];
    const file = files.find((name) => typeof name === 'string' && /^(file:|[\\/]|[A-Za-z]:)/.test(name));
    if (file) return file.startsWith('file:') ? fileURLToPath(file) : file;
  } catch {
    // An engine without V8's stacks, or one that does not let them be read.
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
  return process.argv[1] ?? process.execPath;
}
