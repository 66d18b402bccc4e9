// Builds the static libpq that the probe addon is linked with, and prints the folder that holds it.
//
// Why our own: Node exports its OpenSSL, and a shared libpq loaded into it would bind to that copy. A static libpq
// beside a static OpenSSL, both hidden inside the addon, cannot. Debian's own libpq.a asks for Kerberos and LDAP;
// built from the distribution's source package without them, it asks for libc and OpenSSL alone.
//
//   node scripts/build-libpq.mjs [--force]
//
// The result is cached per recipe in $XDG_CACHE_HOME (or ~/.cache) and linked to from build/deps/libpq.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { downloadSourcePackage } from './apt-source.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const link = path.join(root, 'build', 'deps', 'libpq');

const kPackages = ['postgresql-15', 'postgresql-16', 'postgresql-17', 'postgresql-18', 'postgresql-14'];
const kConfigure = [
  '--without-readline',
  '--without-zlib',
  '--without-gssapi',
  '--without-ldap',
  '--without-icu',
  '--with-openssl',
];
// Hardened as the addon itself: cmake/hardening.cmake.
const kHardening = '-fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2';
const kFlags = `-O2 -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections ${kHardening}`;
const kHeaders = ['src/interfaces/libpq/libpq-fe.h', 'src/include/postgres_ext.h', 'src/include/pg_config_ext.h'];
const kSources = [
  'config',
  'configure',
  'src/Makefile*',
  'src/backend',
  'src/bin',
  'src/common',
  'src/include',
  'src/interfaces',
  'src/makefiles',
  'src/nls-global.mk',
  'src/port',
  'src/template',
  'src/timezone',
  'src/tools',
  'GNUmakefile.in',
  'COPYRIGHT',
  'contrib/Makefile',
  'doc/Makefile',
  'src/test',
  'src/pl',
  'src/fe_utils',
];

class BuildError extends Error {}

const recipe = createHash('sha256')
  .update(fs.readFileSync(fileURLToPath(import.meta.url)))
  .update(`${process.platform}-${process.arch}`)
  .digest('hex')
  .slice(0, 12);

function cacheRoot() {
  const home = process.env.XDG_CACHE_HOME || (os.homedir() && path.join(os.homedir(), '.cache'));
  return home ? path.join(home, 'prisma-resilient-client') : path.join(root, 'build', 'deps', 'store');
}

function say(text) {
  process.stderr.write(`build-libpq: ${text}\n`);
}

function run(file, args, options = {}) {
  try {
    return execFileSync(file, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
      ...options,
    });
  } catch (error) {
    const output = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').slice(-12).join('\n');
    throw new BuildError(`${path.basename(file)} ${args.slice(0, 3).join(' ')} failed: ${output || error.message}`);
  }
}

/** Where the compiler finds a static library, or undefined. */
function archive(name) {
  const found = run('cc', [`-print-file-name=${name}`]).trim();
  return path.isAbsolute(found) ? fs.realpathSync(found) : undefined;
}

function needTools() {
  const missing = ['cc', 'make', 'perl', 'ar', 'objcopy', 'tar', 'bzip2'].filter((tool) => {
    const dirs = (process.env.PATH ?? '').split(path.delimiter);
    return !dirs.some((dir) => fs.existsSync(path.join(dir, tool)));
  });
  if (missing.length > 0) {
    throw new BuildError(
      `missing on this machine: ${missing.join(', ')} (Debian: apt-get install build-essential perl bzip2)`,
    );
  }
  if (!archive('libssl.a') || !archive('libcrypto.a')) {
    throw new BuildError('no static OpenSSL (libssl.a, libcrypto.a) found (Debian: apt-get install libssl-dev)');
  }
}

/** Compiles libpq alone from an unpacked source tree; gives its three archives. */
function compile(source) {
  say('configuring');
  run('./configure', [...kConfigure, `CFLAGS=${kFlags}`], { cwd: source });
  say('compiling');
  run('make', ['-s', '-j2', '-C', 'src/interfaces/libpq', 'libpq.a'], { cwd: source });
  return {
    archives: ['src/interfaces/libpq/libpq.a', 'src/common/libpgcommon_shlib.a', 'src/port/libpgport_shlib.a'].map(
      (file) => path.join(source, file),
    ),
    headers: kHeaders.map((file) => path.join(source, file)),
  };
}

function fromSourcePackage(work) {
  const { name, tarball } = downloadSourcePackage(kPackages, work);
  say(`unpacking ${name}`);
  const source = path.join(work, 'source');
  fs.mkdirSync(source);
  run('tar', [
    '-xf',
    tarball,
    '-C',
    source,
    '--strip-components=1',
    '--wildcards',
    '--no-anchored',
    ...kSources.map((s) => `*/${s}`),
  ]);
  return { origin: name, linkLibraries: [], ...compile(source) };
}

/** For development where no source package can be had: the module then depends on the system's Kerberos and LDAP. */
function fromSystem() {
  const libpq = archive('libpq.a');
  const include = run('pg_config', ['--includedir']).trim();
  const servers = fs.existsSync('/usr/lib/postgresql') ? fs.readdirSync('/usr/lib/postgresql') : [];
  const helpers = servers
    .map((major) =>
      ['libpgcommon_shlib.a', 'libpgport_shlib.a'].map((file) => `/usr/lib/postgresql/${major}/lib/${file}`),
    )
    .find((pair) => pair.every((file) => fs.existsSync(file)));
  if (!libpq || !helpers)
    throw new BuildError('nor is there a static libpq (Debian: libpq-dev and postgresql-server-dev-NN)');
  return {
    origin: 'system libpq.a',
    linkLibraries: ['gssapi_krb5', 'ldap'],
    archives: [libpq, ...helpers],
    headers: ['libpq-fe.h', 'postgres_ext.h', 'pg_config_ext.h'].map((file) => path.join(include, file)),
  };
}

/**
 * One archive out of three, in which two functions of libc are ours (src/io/pq_library.cc): `getenv`, since libpq reads
 * some thirty PG* variables and none of them may change where the probe looks, and `recv`, since libpq takes in whatever
 * a server sends as long as it sends.
 */
function install({ origin, linkLibraries, archives, headers }, place) {
  fs.mkdirSync(path.join(place, 'lib'), { recursive: true });
  fs.mkdirSync(path.join(place, 'include'));
  const merged = path.join(place, 'lib', 'libpq.a');
  const script = [`CREATE ${merged}`, ...archives.map((file) => `ADDLIB ${file}`), 'SAVE', 'END', ''].join('\n');
  run('ar', ['-M'], { input: script, stdio: ['pipe', 'pipe', 'pipe'] });
  // A checked call of theirs would pass by ours.
  const checked = /\b__recv_chk\b/.exec(run('nm', ['--undefined-only', merged]));
  if (checked) throw new BuildError(`libpq calls ${checked[0]}, which src/io/pq_library.cc does not know`);
  for (const name of ['getenv', 'recv']) run('objcopy', ['--redefine-sym', `${name}=resilience_pq_${name}`, merged]);
  run('ranlib', [merged]);
  for (const header of headers) fs.copyFileSync(header, path.join(place, 'include', path.basename(header)));
  fs.writeFileSync(
    path.join(place, 'libpq.cmake'),
    [
      `# ${origin}`,
      `set(RESILIENCE_PQ_ORIGIN "${origin}")`,
      `set(RESILIENCE_PQ_LINK_LIBRARIES ${linkLibraries.join(' ')})`,
      `set(RESILIENCE_PQ_SSL "${archive('libssl.a')}")`,
      `set(RESILIENCE_PQ_CRYPTO "${archive('libcrypto.a')}")`,
      '',
    ].join('\n'),
  );
}

function build(place) {
  needTools();
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'build-libpq-'));
  try {
    let parts;
    try {
      parts = fromSourcePackage(work);
    } catch (error) {
      say(`no build from source: ${error.message}`);
      parts = fromSystem();
      say("falling back to the system's libpq.a: good for development, not for a release");
    }
    const draft = path.join(path.dirname(place), `draft-${process.pid}`);
    fs.rmSync(draft, { recursive: true, force: true });
    install(parts, draft);
    fs.rmSync(place, { recursive: true, force: true });
    fs.renameSync(draft, place);
    say(`made ${place} from ${parts.origin}`);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

function pointTo(place) {
  fs.mkdirSync(path.dirname(link), { recursive: true });
  if (fs.existsSync(link) && fs.realpathSync(link) === fs.realpathSync(place)) return;
  fs.rmSync(link, { recursive: true, force: true });
  fs.symlinkSync(place, link);
}

try {
  if (process.platform !== 'linux') throw new BuildError(`only Linux is supported so far, this is ${process.platform}`);
  const place = path.join(cacheRoot(), `libpq-${recipe}`);
  fs.mkdirSync(path.dirname(place), { recursive: true });
  if (process.argv.includes('--force') || !fs.existsSync(path.join(place, 'libpq.cmake'))) build(place);
  pointTo(place);
  process.stdout.write(`${link}\n`);
} catch (error) {
  if (!(error instanceof BuildError) && error.code === undefined) throw error;
  say(error.message);
  process.exit(1);
}
