// Whether what is checked out can be released: one version everywhere, a changelog that is closed, a clean tree, binaries
// for each platform, a tarball that holds what it should. Says all that is wrong at once.
//
//   node scripts/check-release.mjs [--tag v1.2.3] [--tarball FILE]      default: packs what is in prebuilds/
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { packInto } from './pack.mjs';
import { bundled } from './sbom.mjs';
import { root } from './source-files.mjs';

const { values } = parseArgs({ options: { tag: { type: 'string' }, tarball: { type: 'string' } } });
const read = (name) => readFileSync(join(root, name), 'utf8');
const { version } = JSON.parse(read('package.json'));
const lock = JSON.parse(read('package-lock.json'));
const changelog = read('CHANGELOG.md');
const kTargets = ['linux-x64', 'linux-arm64', 'linux-x64-musl', 'linux-arm64-musl', 'darwin-x64', 'darwin-arm64'];
const kWithoutProbe = ['win32-x64', 'win32-arm64'];

const problems = [];
const expect = (holds, problem) => holds || problems.push(problem);
const cmake = /project\(\S+ VERSION (\S+)/.exec(read('CMakeLists.txt'))?.[1];
expect(cmake === version, `CMakeLists.txt says ${cmake}, package.json ${version}`);
expect(lock.version === version, `package-lock.json says ${lock.version}, package.json ${version}`);
expect(values.tag === undefined || values.tag === `v${version}`, `the tag ${values.tag} is not v${version}`);

const heading = new RegExp(`^## \\[?${version.replaceAll('.', '\\.')}\\]? - \\d{4}-\\d{2}-\\d{2}$`, 'm');
expect(heading.test(changelog), `CHANGELOG.md has no line "## [${version}] - <date>"`);
const unreleased = /^## \[?Unreleased\]?\s*\n([\s\S]*?)(?=^## |$(?![\s\S]))/im.exec(changelog)?.[1].trim();
expect(!unreleased, 'CHANGELOG.md still lists changes as unreleased: move them below the version');

const status = spawnSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' });
expect(status.status === 0 && status.stdout === '', 'the working tree is not what was committed');
const work = mkdtempSync(join(tmpdir(), 'resilience-release-'));
try {
  // Nothing is built anew: what was tested is released.
  const tarball = values.tarball ?? (await packInto(work, { build: false }));
  const listed = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');
  const wanted = [...kTargets, ...kWithoutProbe].flatMap((target) => [
    `${target}/resilience.node`,
    ...(kWithoutProbe.includes(target) ? [] : [`${target}/resilience_probe.node`]),
  ]);
  for (const file of [...wanted, 'wasm32-wasi/resilience.wasm']) {
    expect(listed.includes(`package/prebuilds/${file}`), `the tarball has no prebuilds/${file}`);
  }
  // Whoever reads of a fault in one of them looks there.
  const sbom = execFileSync('tar', ['-xzOf', tarball, 'package/sbom.cdx.json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const { components } = JSON.parse(sbom);
  for (const [name, inside] of Object.entries(bundled())) {
    const said = components.find((part) => part.name === name)?.version;
    expect(said === inside, `sbom.cdx.json says ${name} ${said}, the addon has ${inside} inside`);
  }
  const packed = spawnSync(process.execPath, [join('scripts', 'check-package.mjs'), tarball], {
    cwd: root,
    stdio: 'inherit',
  });
  expect(packed.status === 0, 'the tarball is not as it should be (above)');
} finally {
  rmSync(work, { recursive: true, force: true });
}

for (const problem of problems) console.error(`release: ${problem}`);
console.log(problems.length === 0 ? `${version} can be released` : `${problems.length} problems: not to be released`);
process.exit(problems.length > 0 ? 1 : 0);
