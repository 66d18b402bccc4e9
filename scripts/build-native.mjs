// Builds the addon with CMake. `--preset NAME` (default: release) as in CMakePresets.json; quick where nothing changed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'release' },
    target: { type: 'string', multiple: true, default: [] },
    define: { type: 'string', multiple: true, default: [] },
  },
});

for (const tool of ['cmake', 'ninja']) {
  if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).status !== 0) {
    console.error(
      `build-native: ${tool} is missing. Needed: cmake (3.21 or newer), ninja, a C++20 compiler, spdlog and fmt headers.\n` +
        'On Debian or Ubuntu: apt-get install cmake ninja-build g++ libspdlog-dev libfmt-dev',
    );
    process.exit(1);
  }
}

// Without a static libpq there is no probe's addon; the package then looks for the database in band.
const kWithProbe = ['dev', 'release', 'asan-ubsan', 'lto-odr'];
const withProbe =
  kWithProbe.includes(values.preset) &&
  spawnSync(process.execPath, [join(root, 'scripts', 'build-libpq.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] })
    .status === 0;

const ccache = spawnSync('ccache', ['--version'], { stdio: 'ignore' }).status === 0;
const defines = [
  ...(kWithProbe.includes(values.preset) ? [`RESILIENCE_BUILD_PROBE=${withProbe ? 'ON' : 'OFF'}`] : []),
  ...values.define,
  ...(ccache ? ['CMAKE_C_COMPILER_LAUNCHER=ccache', 'CMAKE_CXX_COMPILER_LAUNCHER=ccache'] : []),
];
run('cmake', ['--preset', values.preset, '--log-level=WARNING', ...defines.map((define) => `-D${define}`)]);
run('cmake', ['--build', '--preset', values.preset, ...values.target.flatMap((target) => ['--target', target])]);

function run(command, args) {
  try {
    execFileSync(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
  } catch (error) {
    process.stderr.write(error.stdout ?? '');
    console.error(`build-native: ${command} ${args.join(' ')} failed`);
    process.exit(1);
  }
}

const binary = join(root, 'build', values.preset, 'resilience.node');
if (existsSync(binary))
  console.log(`built ${values.preset}/resilience.node (${Math.round(readFileSync(binary).length / 1024)} KiB)`);
