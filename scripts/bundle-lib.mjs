// Bundles lib/ into the few files of dist/ that a process loads: CommonJS, one instance of everything, with source maps.
// Neither minified nor renamed: stack traces read as the sources do, with or without maps. Only comments go.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { rollup } from 'rollup';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lib = join(root, 'lib');
const ts = createRequire(import.meta.url)('typescript');

/** Files of their own, by where they lie in lib/, and so in dist/. */
const kOwnFiles = {
  // Prisma takes the frames of a file with '@prisma' in its path for its own.
  'client/@prisma-frames': ['client/@prisma-frames.ts', 'client/arguments.ts'],
  // Names the binaries by paths relative to itself, written out whole for those who trace files.
  'addon/loader': ['addon/'],
  // Loaded with the addon that it describes.
  native: ['native-types.generated.ts'],
  // What the loader itself throws, and what the command that needs no addon shows.
  base: ['errors.ts', 'plain-text.ts'],
  // Where the package's own folder is, by a path relative to itself.
  'cli/package-root': ['cli/package-root.ts'],
  // What the command that needs no addon has in common with those that do.
  'cli/io': ['cli/io.ts'],
  'cli/usage': ['cli/usage.ts'],
  'cli/secrets': ['cli/secrets.ts'],
  // Loaded when asked for, by paths relative to itself: that one cannot be is a finding of the doctor.
  'cli/doctor/collect/addons': ['cli/doctor/collect/addons.ts'],
};
/** What is named by those paths. */
const kNamed = ['native', 'native-probe', 'cli/commands'];

/** `entries`: module names in lib/, without extension. Answers what each exports. */
export async function bundleLib(entries) {
  const input = Object.fromEntries([...entries, ...kNamed].map((name) => [name, join(lib, `${name}.ts`)]));
  const bundle = await rollup({
    input,
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !/^[A-Za-z]:/.test(id),
    plugins: [typescript(), oneByteText()],
    onwarn(warning) {
      // Of the compiler's helpers, which look for their like in `this`.
      if (warning.code !== 'THIS_IS_UNDEFINED') throw new Error(`bundling lib/: ${warning.message}`);
    },
  });
  try {
    const { output } = await bundle.write({
      dir: join(root, 'dist'),
      format: 'cjs',
      exports: 'named',
      interop: 'auto',
      esModule: true,
      sourcemap: true,
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      minifyInternalExports: false,
      // Each entry would ask again for what the files beneath it ask for.
      hoistTransitiveImports: false,
      manualChunks: (id, { getModuleInfo }) => chunkOf(id, getModuleInfo),
    });
    return Object.fromEntries(
      output
        .filter(({ isEntry, name }) => isEntry && entries.includes(name))
        .map(({ name, exports }) => [name, exports]),
    );
  } finally {
    await bundle.close();
  }
}

let reachable;

/** All that the main entry needs is one file, which the other entries share. */
function chunkOf(id, getModuleInfo) {
  const place = relative(lib, id).split(sep).join('/');
  if (kNamed.some((name) => place === `${name}.ts`)) return place.slice(0, -'.ts'.length);
  for (const [chunk, members] of Object.entries(kOwnFiles)) {
    if (members.some((member) => (member.endsWith('/') ? place.startsWith(member) : place === member))) return chunk;
  }
  reachable ??= reachableFrom(join(lib, 'index.ts'), getModuleInfo);
  return reachable.has(id) && place !== 'index.ts' ? 'main' : undefined;
}

function reachableFrom(start, getModuleInfo) {
  const seen = new Set([start]);
  for (const id of seen) for (const next of getModuleInfo(id)?.importedIds ?? []) seen.add(next);
  return seen;
}

/**
 * A single sign beyond Latin-1 makes V8 keep and read the whole file in two bytes a sign, which costs a sixth of its
 * compilation at each start. Written as an escape it means the same, in texts as in regular expressions.
 */
function oneByteText() {
  const escaped = (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return {
    name: 'one-byte-text',
    // The map stays: its lines are the same.
    renderChunk: (code) => ({ code: code.replace(/[^\0-\x7f]/g, escaped), map: null }),
  };
}

/** The compiler's own output, module by module, with the options of tsconfig.json. */
function typescript() {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const compilerOptions = {
    ...options,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    declaration: false,
    // They are in the sources, which the maps hold; V8 would read past them at each start.
    removeComments: true,
    sourceMap: true,
    inlineSources: true,
  };
  return {
    name: 'typescript',
    resolveId(id, importer) {
      if (importer === undefined || !id.startsWith('.')) return null;
      const path = join(dirname(importer), id);
      return [`${path}.ts`, join(path, 'index.ts')].find(existsSync) ?? null;
    },
    load(id) {
      const { outputText, sourceMapText } = ts.transpileModule(readFileSync(id, 'utf8'), {
        compilerOptions,
        fileName: id,
      });
      return { code: outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'), map: JSON.parse(sourceMapText) };
    },
  };
}
