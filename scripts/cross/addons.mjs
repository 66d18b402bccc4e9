// Builds the package's addons for a target with CMake, the target's toolchain and cmake/zig.cmake.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

import { cached } from './cache.mjs';
import { libpq } from './libpq.mjs';
import { BuildError, kJobs, run } from './run.mjs';
import { hasProbe, kTargets } from './targets.mjs';
import { environmentOf, toolchain } from './zig.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `parts`: 'core', 'probe', both by default where the target has both. Gives the built files. */
export async function buildAddons(target, parts = ['core', 'probe']) {
  const { system, processor } = kTargets[target];
  const tools = await toolchain(target);
  const withProbe = hasProbe(target) && parts.includes('probe');
  const folder = path.join(root, 'build', 'cross', target);
  const defines = {
    CMAKE_BUILD_TYPE: 'Release',
    CMAKE_TOOLCHAIN_FILE: path.join(root, 'cmake', 'zig.cmake'),
    RESILIENCE_TARGET_SYSTEM: system,
    RESILIENCE_TARGET_PROCESSOR: processor,
    RESILIENCE_TOOLS: tools,
    RESILIENCE_BUILD_TESTS: 'OFF',
    RESILIENCE_DESCRIBES: 'OFF',
    RESILIENCE_LOG_HEADERS: await logHeaders(),
    RESILIENCE_BUILD_PROBE: withProbe ? 'ON' : 'OFF',
    ...(withProbe && { RESILIENCE_PQ_ROOT: await libpq(target) }),
    // No path of this machine in what is built.
    CMAKE_C_FLAGS: `-ffile-prefix-map=${root}=./`,
    CMAKE_CXX_FLAGS: `-ffile-prefix-map=${root}=./`,
  };
  const options = { cwd: root, env: environmentOf(tools) };
  const flags = Object.entries(defines).map(([name, value]) => `-D${name}=${value}`);
  run('cmake', ['-S', root, '-B', folder, '-G', 'Ninja', '--log-level=WARNING', ...flags], options);
  const built = [...(parts.includes('core') ? ['resilience_addon'] : []), ...(withProbe ? ['resilience_probe'] : [])];
  run('cmake', ['--build', folder, '--target', ...built, '--', kJobs], options);
  const files = {
    resilience_addon: system === 'WASI' ? 'resilience.wasm' : 'resilience.node',
    resilience_probe: 'resilience_probe.node',
  };
  return built.map((name) => path.join(folder, files[name]));
}

/** spdlog and fmt in a folder of their own: beside them in /usr/include are headers of this machine's C library. */
function logHeaders() {
  const system = '/usr/include';
  const versions = ['spdlog/version.h', 'fmt/core.h'].map((file) => {
    const header = path.join(system, file);
    if (!fs.existsSync(header)) throw new BuildError(`${header} is missing (Debian: libspdlog-dev, libfmt-dev)`);
    const text = fs.readFileSync(header, 'utf8');
    return [...text.matchAll(/(?:SPDLOG_VER_\w+|FMT_VERSION) (\d+)/g)].map(([, number]) => number).join('.');
  });
  return cached(`log-headers-${versions.join('-')}`, (folder) => {
    for (const name of ['spdlog', 'fmt']) {
      fs.cpSync(path.join(system, name), path.join(folder, name), { recursive: true, dereference: true });
    }
  });
}
