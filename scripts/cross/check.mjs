// What must hold of a binary before it is shipped: it asks for nothing that a user's system may lack, shows nothing but
// what Node looks for, and is as small as it has been.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';

import { run } from './run.mjs';
import { kTargets } from './targets.mjs';

const require = createRequire(import.meta.url);

const kNewestGlibc = [2, 28];
const kExports = new Set(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
const kLibraries = {
  glibc: /^(libc|libm|libpthread|libdl|librt|ld-linux[-\w]*)\.so\.\d+$/,
  musl: /^libc\.so$/,
  darwin: /^\/usr\/lib\/libSystem\.B\.dylib$/,
  windows: /^(KERNEL32|ADVAPI32|WS2_32|bcrypt|msvcrt|ntdll|api-ms-win-crt-[\w-]+)\.dll$/i,
};

/** zig's own, which says of itself that it is exported. On Windows nobody finds a module's names who did not ask for it. */
const kUnwinder = /^(_Unwind_|unw_|_GCC_specific_handler$)/;

/** In bytes, of each file as it is installed: above the largest of them, which GCC makes, by a tenth. */
const kLargest = { 'resilience.node': 3_000_000, 'resilience_probe.node': 6_200_000, 'resilience.wasm': 1_400_000 };
/** Of all files together, compressed: the tarball may have 14 MB. */
export const kLargestCompressed = 13_000_000;

export const compressedSize = (file) => gzipSync(fs.readFileSync(file), { level: 9 }).length;

/** Which OpenSSL a probe has inside, as OpenSSL writes it into its code. */
export const opensslIn = (file) =>
  /OpenSSL (\d+\.\d+\.\d+\S*) \d+ \w+ \d{4}/.exec(fs.readFileSync(file, 'latin1'))?.[1];

/** The problems of one file, as sentences. */
export function problemsOf(target, file) {
  const { system } = kTargets[target];
  const name = file.split('/').pop();
  const { size } = fs.statSync(file);
  const tooLarge = size > kLargest[name] ? [`has ${size} bytes, more than ${kLargest[name]}`] : [];
  const found = { Linux: ofElf, Darwin: ofMachO, Windows: ofPe, WASI: ofWasm }[system](file, target);
  return [...tooLarge, ...found];
}

/** All functions of Node-API that version 8 has; more than those an old Node could not answer. */
function nodeApi() {
  const { v8 } = require('node-api-headers').symbols;
  return new Set([...v8.js_native_api_symbols, ...v8.node_api_symbols]);
}

function wrongImports(names) {
  const known = nodeApi();
  return names
    .filter((name) => /^(napi|node_api)_/.test(name) && !known.has(name))
    .map((name) => `${name} is newer than Node-API 8`);
}

function wrongExports(names) {
  const problems = names.filter((name) => !kExports.has(name)).map((name) => `${name} is visible from outside`);
  return names.includes('napi_register_module_v1') ? problems : [...problems, 'napi_register_module_v1 is missing'];
}

const wrongLibraries = (names, allowed) => names.filter((name) => !allowed.test(name)).map((name) => `needs ${name}`);

function ofElf(file, target) {
  const isMusl = target.endsWith('-musl');
  const lines = run('readelf', ['--dyn-syms', '--wide', file]).split('\n');
  const symbols = lines.map((line) =>
    /^\s*\d+:\s\S+\s+\d+\s(\S+)\s+(\S+)\s+\S+\s+(\S+)\s+(\S+?)(?:@+(\S+))?(?:\s\(\d+\))?$/.exec(line),
  );
  const problems = [];
  const imported = [];
  const exported = [];
  for (const [, , binding, section, name, version = ''] of symbols.filter(Boolean)) {
    if (section !== 'UND') {
      exported.push(name);
      continue;
    }
    imported.push(name);
    const glibc = /^GLIBC_(\d+)\.(\d+)/.exec(version);
    if (glibc) {
      const [major, minor] = [Number(glibc[1]), Number(glibc[2])];
      if (major > kNewestGlibc[0] || minor > kNewestGlibc[1]) problems.push(`${name} needs glibc ${major}.${minor}`);
    } else if (!isMusl && binding !== 'WEAK' && !/^(napi|node_api)_/.test(name)) {
      problems.push(`${name} belongs to no library`);
    }
  }
  const needed = [...run('readelf', ['--dynamic', '--wide', file]).matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(
    ([, lib]) => lib,
  );
  const libraries = wrongLibraries(needed, isMusl ? kLibraries.musl : kLibraries.glibc);
  return [...problems, ...libraries, ...wrongImports(imported), ...wrongExports(exported)];
}

function ofMachO(file) {
  const names = (...options) =>
    run('llvm-nm', [...options, '--just-symbol-name', file])
      .split('\n')
      .filter(Boolean)
      .map((name) => name.replace(/^_/, ''));
  const { libraries, problems } = readMachO(fs.readFileSync(file));
  return [
    ...problems,
    ...wrongLibraries(libraries, kLibraries.darwin),
    ...wrongImports(names('--undefined-only')),
    ...wrongExports(names('--extern-only', '--defined-only')),
  ];
}

/** Its kind, its oldest macOS, its libraries, and whether its signature is that of its pages. */
function readMachO(bytes) {
  const problems = [];
  const libraries = [];
  let signature;
  if (bytes.readUInt32LE(12) !== 8) problems.push('is no bundle');
  for (let i = 0, at = 32; i < bytes.readUInt32LE(16); i += 1, at += bytes.readUInt32LE(at + 4)) {
    const command = bytes.readUInt32LE(at);
    if (command === 0xc) libraries.push(textAt(bytes, at + bytes.readUInt32LE(at + 8)));
    if (command === 0x1d) signature = bytes.readUInt32LE(at + 8);
    if (command === 0x32 && bytes.readUInt32LE(at + 12) >>> 16 !== 11) problems.push('is not for macOS 11');
  }
  if (signature === undefined) return { libraries, problems: [...problems, 'is not signed: arm64 would not load it'] };
  return { libraries, problems: [...problems, ...wrongPages(bytes, signature)] };
}

/** Of the code directory, which holds a hash of each page (cs_blobs.h of XNU). All its numbers are big-endian. */
function wrongPages(bytes, signature) {
  const count = bytes.readUInt32BE(signature + 8);
  for (let i = 0; i < count; i += 1) {
    if (bytes.readUInt32BE(signature + 12 + 8 * i) !== 0) continue;
    const directory = signature + bytes.readUInt32BE(signature + 16 + 8 * i);
    const isAdHoc = (bytes.readUInt32BE(directory + 12) & 2) !== 0;
    const hashes = directory + bytes.readUInt32BE(directory + 16);
    const pages = bytes.readUInt32BE(directory + 28);
    const limit = bytes.readUInt32BE(directory + 32);
    const size = bytes[directory + 36];
    const page = 2 ** bytes[directory + 39];
    const wrong = Array.from({ length: pages }, (_, at) => at).filter((at) => {
      const hash = createHash('sha256')
        .update(bytes.subarray(at * page, Math.min((at + 1) * page, limit)))
        .digest();
      return !hash.subarray(0, size).equals(bytes.subarray(hashes + at * size, hashes + (at + 1) * size));
    });
    return [
      ...(isAdHoc ? [] : ['is not signed ad hoc']),
      ...(limit === signature ? [] : ['has code behind what is signed']),
      ...(wrong.length > 0 ? [`${wrong.length} of ${pages} pages are not what was signed`] : []),
    ];
  }
  return ['has a signature without a code directory'];
}

function textAt(bytes, at) {
  return bytes.toString('latin1', at, bytes.indexOf(0, at));
}

function ofPe(file, target) {
  const text = run('llvm-readobj', ['--coff-imports', '--coff-exports', '--file-headers', file]);
  const libraries = [...text.matchAll(/^ {2}Name: (\S+\.\w+)$/gm)].map(([, name]) => name);
  const exported = [...text.matchAll(/^Export \{[^}]*?Name: (\S+)/gm)].map(([, name]) => name);
  const machine = target.endsWith('arm64') ? 'IMAGE_FILE_MACHINE_ARM64' : 'IMAGE_FILE_MACHINE_AMD64';
  return [
    ...(text.includes(machine) ? [] : [`is not for ${target}`]),
    ...(libraries.length > 0 ? [] : ['imports nothing: not read aright']),
    ...wrongLibraries(libraries, kLibraries.windows),
    ...wrongExports(exported.filter((name) => !kUnwinder.test(name))),
  ];
}

/* global WebAssembly */
function ofWasm(file) {
  const module = new WebAssembly.Module(fs.readFileSync(file));
  const imports = WebAssembly.Module.imports(module);
  const modules = imports
    .map(({ module: from }) => from)
    .filter((from) => !/^(env|napi|emnapi|wasi_snapshot_preview1)$/.test(from));
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  const missing = ['memory', 'napi_register_wasm_v1', '_initialize', 'malloc', 'free'].filter(
    (name) => !exported.has(name),
  );
  const unknown = imports.filter(
    ({ module: from, name }) => from === 'env' && !/^(napi|node_api|_?emnapi)_/.test(name),
  );
  return [
    ...modules.map((name) => `imports from ${name}`),
    ...unknown.map(({ name }) => `imports ${name}, which nobody has`),
    ...missing.map((name) => `${name} is missing`),
  ];
}
