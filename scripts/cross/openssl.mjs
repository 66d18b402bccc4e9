// A static OpenSSL for a target, from Debian's newest source package and with Debian's security fixes: TLS, X.509 and
// what SCRAM hashes with; of ciphers and digests only what today's servers speak.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { downloadSourcePackage } from '../apt-source.mjs';
import { cached, fingerprint } from './cache.mjs';
import { BuildError, kJobs, run } from './run.mjs';
import { hardeningOf, kNotUnwound, kTargets } from './targets.mjs';
import { compilerOf, environmentOf, toolchain } from './zig.mjs';

const kLeftOut = [
  ...['shared', 'tests', 'engine', 'dso', 'module', 'legacy', 'afalgeng', 'ui-console', 'autoload-config', 'comp'],
  ...['aria', 'bf', 'camellia', 'cast', 'gost', 'idea', 'rc2', 'rc4', 'seed', 'sm4', 'siv', 'ec2m', 'sm2', 'dsa'],
  ...['ocb', 'md4', 'mdc2', 'rmd160', 'whirlpool', 'sm3', 'siphash', 'scrypt', 'blake2'],
  ...['cmp', 'cms', 'ct', 'ocsp', 'ts', 'srp', 'srtp', 'psk', 'dgram', 'dtls', 'multiblock', 'async'],
  // The files and lines of its own sources in each error; and what only who compiles twice has a use for.
  ...['filenames', 'makedepend'],
].map((feature) => `no-${feature}`);
/** Small rather than fast: a probe makes a handshake now and then. And C is never unwound. */
const kFlags = ['-Os', '-ffunction-sections', '-fdata-sections', '-fvisibility=hidden', ...kNotUnwound];

/** The unpacked source with the distribution's patches; `version` is in its VERSION.dat. */
export async function opensslSource() {
  // Once a day the mirrors are asked for a newer one.
  const day = new Date().toISOString().slice(0, 10);
  return cached(`openssl-source-${day}`, (folder) => {
    const work = fs.mkdtempSync(path.join(os.tmpdir(), 'openssl-'));
    try {
      const { name, tarball, changes } = downloadSourcePackage(['openssl'], work);
      run('tar', ['-xf', tarball, '-C', folder, '--strip-components=1']);
      if (changes) {
        run('tar', ['-xf', changes, '-C', folder]);
        applySeries(folder);
      }
      fs.writeFileSync(path.join(folder, 'ORIGIN'), name);
    } finally {
      fs.rmSync(work, { recursive: true, force: true });
    }
  });
}

/**
 * P-256 without its table of precomputed points: 150 KB in each probe that nothing compresses, for a handshake that takes a
 * millisecond less. What is called in its place is constant in time as well.
 */
function withoutPointTable(folder) {
  const file = path.join(folder, 'crypto', 'ec', 'build.info');
  replaceIn(file, /ecp_nistz256\.c ecp_nistz256-\S+ ?|ECP_NISTZ256_ASM ?/g, '');
}

/** Keys are read, and never written: what writes them is named by these two tables alone. */
function withoutEncoders(folder) {
  for (const [file, table] of Object.entries({ defltprov: 'deflt_encoder', baseprov: 'base_encoder' })) {
    replaceIn(path.join(folder, 'providers', `${file}.c`), `return ${table};`, 'return NULL;');
  }
}

/**
 * AES-NI, carry-less multiplication and SSSE3, and not the same again for AVX, AVX2 and AVX-512: a third of the code of an
 * x64 probe. The scripts that write it ask the compiler for its version, and are told one that did not know those.
 */
function withoutAvx(folder) {
  replaceIn(path.join(folder, 'Makefile'), /^\tCC="\$\(CC\)" (?=\$\(PERL\) )/gm, '\tCC="echo clang version 2.9" ');
}

function replaceIn(file, from, to) {
  const text = fs.readFileSync(file, 'utf8');
  const changed = text.replace(from, to);
  if (changed === text) throw new BuildError(`${file} is otherwise than before`);
  fs.writeFileSync(file, changed);
}

function applySeries(folder) {
  const patches = path.join(folder, 'debian', 'patches');
  if (!fs.existsSync(path.join(patches, 'series'))) return;
  for (const line of fs.readFileSync(path.join(patches, 'series'), 'utf8').split('\n')) {
    const [name] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (name) run('patch', ['-p1', '-s', '-i', path.join(patches, name)], { cwd: folder });
  }
}

/** A folder with include/ and lib/{libssl.a,libcrypto.a}; `origin` says which source package it is. */
export async function openssl(target) {
  const tools = await toolchain(target);
  const source = await opensslSource();
  const origin = fs.readFileSync(path.join(source, 'ORIGIN'), 'utf8');
  const { openssl: configuration } = kTargets[target];
  // zig has none of macOS' own cryptography: random bytes are getentropy()'s.
  const own = kTargets[target].system === 'Darwin' ? ['-DOPENSSL_NO_APPLE_CRYPTO_RANDOM'] : [];
  const flags = [...kFlags, ...own, ...hardeningOf(target)];
  const before = [withoutPointTable, withoutEncoders];
  const after = configuration.includes('x86_64') ? [withoutAvx] : [];
  const changes = [...before, ...after].map(String);
  const key = fingerprint(kLeftOut, changes, flags, configuration, origin, compilerOf(target));
  const folder = await cached(`openssl-${target}-${key}`, (place) => {
    const work = fs.mkdtempSync(path.join(os.tmpdir(), `openssl-${target}-`));
    const options = { cwd: work, env: { ...environmentOf(tools), CC: 'cc', AR: 'ar', RANLIB: 'ranlib' } };
    try {
      run('cp', ['-a', `${source}/.`, work]);
      for (const change of before) change(work);
      run('perl', ['Configure', configuration, '--openssldir=/etc/ssl', ...kLeftOut, ...flags], options);
      for (const change of after) change(work);
      run('make', ['-s', kJobs, 'build_generated'], options);
      run('make', ['-s', kJobs, 'libcrypto.a', 'libssl.a'], options);
      fs.mkdirSync(path.join(place, 'lib'));
      for (const name of ['libssl.a', 'libcrypto.a']) {
        fs.copyFileSync(path.join(work, name), path.join(place, 'lib', name));
      }
      fs.cpSync(path.join(work, 'include', 'openssl'), path.join(place, 'include', 'openssl'), { recursive: true });
    } finally {
      fs.rmSync(work, { recursive: true, force: true });
    }
  });
  return { folder, origin };
}
