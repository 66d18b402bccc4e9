// A static libpq for a target, over the static OpenSSL of cross/openssl.mjs, as cmake/static-libpq.cmake takes it.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { downloadSourcePackage } from '../apt-source.mjs';
import { cacheRoot, cached, fingerprint } from './cache.mjs';
import { openssl } from './openssl.mjs';
import { BuildError, kJobs, run } from './run.mjs';
import { hardeningOf, kNotUnwound, kTargets } from './targets.mjs';
import { compilerOf, environmentOf, toolchain } from './zig.mjs';

const kPackages = ['postgresql-15', 'postgresql-16', 'postgresql-17', 'postgresql-18', 'postgresql-14'];
const kConfigure = [
  ...['readline', 'zlib', 'gssapi', 'ldap', 'icu'].map((feature) => `--without-${feature}`),
  '--with-openssl',
  // No time zones are compiled, which would need a program that runs here.
  '--with-system-tzdata=/usr/share/zoneinfo',
  // glibc has it from 2.25 on: libpq's own is taken, under another name than the one that is checked.
  'ac_cv_func_explicit_bzero=no',
];
const kFlags = ['-Os', '-fPIC', '-fvisibility=hidden', '-ffunction-sections', '-fdata-sections', ...kNotUnwound];
const kHeaders = ['src/interfaces/libpq/libpq-fe.h', 'src/include/postgres_ext.h', 'src/include/pg_config_ext.h'];
const kArchives = ['src/interfaces/libpq/libpq.a', 'src/common/libpgcommon_shlib.a', 'src/port/libpgport_shlib.a'];

/**
 * Functions of libc that libpq calls by a name of ours (src/io/pq_library.cc). Read before any of its files, and after
 * libc's headers: those define checked forms of these functions, which must not bear our name and call libc's.
 * And of OpenSSL the client is asked for alone: the half of a server is not linked then.
 */
const kRenaming = `#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
void resilience_pq_explicit_bzero(void* from, size_t length);
char* resilience_pq_getenv(const char* name);
ssize_t resilience_pq_recv(int socket, void* buffer, size_t length, int flags);
#define explicit_bzero resilience_pq_explicit_bzero
#define getenv resilience_pq_getenv
#define recv resilience_pq_recv
#define TLS_method TLS_client_method
`;
/** Its own functions whose calls come to us first, as `--wrap` of a linker would do it; and where each is defined. */
const kWrapped = {
  pg_hmac_init: ['src/common', 'hmac_openssl_shlib.o', 'libpgcommon_shlib.a'],
  pg_fe_sendauth: ['src/interfaces/libpq', 'fe-auth.o', 'libpq.a'],
};
/** `defined`: the one that the file to be compiled defines. */
const wrappedNames = (defined) =>
  Object.keys(kWrapped).map((name) => `-D${name}=${name === defined ? '__real' : '__wrap'}_${name}`);

function postgresSource() {
  const day = new Date().toISOString().slice(0, 10);
  return cached(`postgres-source-${day}`, (folder) => {
    const work = fs.mkdtempSync(path.join(os.tmpdir(), 'postgres-'));
    try {
      const { name, tarball } = downloadSourcePackage(kPackages, work);
      run('tar', [
        '-xf',
        tarball,
        '-C',
        folder,
        '--strip-components=1',
        '--exclude=*/doc/src/*',
        '--exclude=*/test/*/*',
      ]);
      fs.writeFileSync(path.join(folder, 'ORIGIN'), name);
    } finally {
      fs.rmSync(work, { recursive: true, force: true });
    }
  });
}

/**
 * What configure found out about a C library, of which each processor has the same: some four hundred programs, each of
 * which is compiled, take longer than libpq does. Not what it found out about processors and about this build's folders.
 */
const kShared =
  /^(ac_cv_(func|header|have_decl|member|type|sizeof|alignof|lib|search)|pgac_cv_prog)_(?!.*(crc32|sse42))/;

/** Runs configure with the answers of the first target that has this C library; where this is the first, keeps them. */
async function configure(target, work, key, args, options) {
  const own = path.join(work, 'config.cache');
  const system = target.replace(/-(x64|arm64)/, '');
  const answers = path.join(cacheRoot, `libpq-answers-${system}-${key}`, 'config.cache');
  if (fs.existsSync(answers)) fs.copyFileSync(answers, own);
  run('./configure', [...args, `--cache-file=${own}`], options);
  await cached(path.basename(path.dirname(answers)), (folder) => {
    const lines = fs.readFileSync(own, 'utf8').split('\n');
    fs.writeFileSync(path.join(folder, 'config.cache'), `${lines.filter((line) => kShared.test(line)).join('\n')}\n`);
  });
}

/** The folder with include/, lib/ and libpq.cmake. */
export async function libpq(target) {
  const tools = await toolchain(target);
  const tls = await openssl(target);
  const source = await postgresSource();
  const origin = fs.readFileSync(path.join(source, 'ORIGIN'), 'utf8');
  const { host, system } = kTargets[target];
  const flags = [...kFlags, ...hardeningOf(target)];
  const key = fingerprint(kConfigure, flags, kRenaming, kWrapped, origin, host, path.basename(tls.folder));
  return cached(`libpq-${target}-${key}`, async (place) => {
    const work = fs.mkdtempSync(path.join(os.tmpdir(), `libpq-${target}-`));
    const options = { cwd: work, env: environmentOf(tools) };
    const make = (...args) => run('make', ['-s', kJobs, ...args], options);
    try {
      run('cp', ['-a', `${source}/.`, work]);
      await configure(
        target,
        work,
        fingerprint(kConfigure, flags, origin, tls.origin, compilerOf(target)[0], kShared.source),
        [
          ...kConfigure,
          `--host=${host}`,
          '--build=x86_64-pc-linux-gnu',
          ...['CC=cc', 'AR=ar', 'RANLIB=ranlib', `CFLAGS=${flags.join(' ')}`],
          ...[`CPPFLAGS=-I${tls.folder}/include`, `LDFLAGS=-L${tls.folder}/lib`],
          // The template for macOS would else ask Xcode where its SDK is.
          ...(system === 'Darwin' ? ['PG_SYSROOT=none'] : []),
        ],
        options,
      );
      make('-C', 'src/backend', 'generated-headers');
      const renaming = path.join(work, 'renaming.h');
      fs.writeFileSync(renaming, kRenaming);
      const namesFor = (defined) => ['-include', renaming, ...wrappedNames(defined)].join(' ');
      make('-C', 'src/interfaces/libpq', 'libpq.a', `COPT=${namesFor()}`);
      for (const [name, [folder, object, archive]] of Object.entries(kWrapped)) {
        for (const file of [object, archive]) fs.rmSync(path.join(work, folder, file));
        make('-C', folder, archive, `COPT=${namesFor(name)}`);
      }
      install(work, place, { ...tls, origin, options });
    } finally {
      fs.rmSync(work, { recursive: true, force: true });
    }
  });
}

function install(work, place, { folder, origin, options }) {
  for (const name of ['lib', 'include']) fs.mkdirSync(path.join(place, name));
  const merged = path.join(place, 'lib', 'libpq.a');
  const script = [`CREATE ${merged}`, ...kArchives.map((file) => `ADDLIB ${file}`), 'SAVE', 'END', ''].join('\n');
  run('ar', ['-M'], { ...options, input: script, stdio: ['pipe', 'pipe', 'pipe'] });
  const passedBy = /^_?(getenv|recv|__recv_chk|pg_hmac_init|pg_fe_sendauth)$/m.exec(
    run('llvm-nm', ['--undefined-only', '--just-symbol-name', merged]),
  );
  if (passedBy) throw new BuildError(`libpq calls ${passedBy[1]} itself, and not src/io/pq_library.cc`);
  for (const header of kHeaders) {
    fs.copyFileSync(path.join(work, header), path.join(place, 'include', path.basename(header)));
  }
  fs.cpSync(path.join(folder, 'include'), path.join(place, 'include'), { recursive: true });
  fs.writeFileSync(
    path.join(place, 'libpq.cmake'),
    [
      `set(RESILIENCE_PQ_ORIGIN "${origin}")`,
      'set(RESILIENCE_PQ_CALLS_OURS ON)',
      'set(RESILIENCE_PQ_LINK_LIBRARIES )',
      `set(RESILIENCE_PQ_SSL "${folder}/lib/libssl.a")`,
      `set(RESILIENCE_PQ_CRYPTO "${folder}/lib/libcrypto.a")`,
      '',
    ].join('\n'),
  );
}
