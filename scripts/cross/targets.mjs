// What the package is built for, each by the name of its folder in prebuilds/.

/**
 * `zig`: the target as zig names it; a glibc's version there is the oldest that is asked for, a macOS's the minimum.
 * `openssl`, `host`: as OpenSSL's and PostgreSQL's Configure name it; without them there is no probe.
 */
export const kTargets = {
  'linux-x64': {
    zig: 'x86_64-linux-gnu.2.17',
    system: 'Linux',
    processor: 'x86_64',
    openssl: 'linux-x86_64',
    host: 'x86_64-pc-linux-gnu',
  },
  'linux-arm64': {
    zig: 'aarch64-linux-gnu.2.17',
    system: 'Linux',
    processor: 'aarch64',
    openssl: 'linux-aarch64',
    host: 'aarch64-unknown-linux-gnu',
  },
  'linux-x64-musl': {
    zig: 'x86_64-linux-musl',
    system: 'Linux',
    processor: 'x86_64',
    openssl: 'linux-x86_64',
    host: 'x86_64-pc-linux-musl',
  },
  'linux-arm64-musl': {
    zig: 'aarch64-linux-musl',
    system: 'Linux',
    processor: 'aarch64',
    openssl: 'linux-aarch64',
    host: 'aarch64-unknown-linux-musl',
  },
  'darwin-arm64': {
    zig: 'aarch64-macos.11.0',
    system: 'Darwin',
    processor: 'arm64',
    openssl: 'darwin64-arm64-cc',
    host: 'aarch64-apple-darwin20',
  },
  'darwin-x64': {
    zig: 'x86_64-macos.11.0',
    system: 'Darwin',
    processor: 'x86_64',
    openssl: 'darwin64-x86_64-cc',
    host: 'x86_64-apple-darwin20',
  },
  'win32-x64': { zig: 'x86_64-windows-gnu', system: 'Windows', processor: 'AMD64' },
  'win32-arm64': { zig: 'aarch64-windows-gnu', system: 'Windows', processor: 'ARM64' },
  'wasm32-wasi': { zig: 'wasm32-wasi', system: 'WASI', processor: 'wasm32' },
};

/**
 * What the C of OpenSSL and libpq is hardened with, as cmake/hardening.cmake does it for our own: the C libraries of these
 * have the checked copies, musl's has none.
 */
export const hardeningOf = (target) => [
  '-fstack-protector-strong',
  ...(target.endsWith('-musl') ? [] : ['-U_FORTIFY_SOURCE', '-D_FORTIFY_SOURCE=2']),
];

/** For C that calls no C++: tables for unwinding it are a tenth of what is shipped. */
export const kNotUnwound = ['-fno-asynchronous-unwind-tables', '-fno-unwind-tables'];

export const hasProbe = (target) => kTargets[target].openssl !== undefined;
