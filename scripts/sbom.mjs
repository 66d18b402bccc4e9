// Writes sbom.cdx.json: what is in the package, in CycloneDX's form, as npm knows its dependencies, and with the native
// parts, which npm does not know: libpq, OpenSSL, spdlog and fmt, and what the dashboard's page has inside.
//
//   node scripts/sbom.mjs
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

function headerVersion(header, pattern) {
  const file = ['/usr/include', '/usr/local/include', '/opt/homebrew/include']
    .map((folder) => join(folder, header))
    .find((place) => existsSync(place));
  return file ? pattern(readFileSync(file, 'utf8')) : undefined;
}

const number = (text, name) => Number(new RegExp(`${name}\\s+(\\d+)`).exec(text)?.[1]);
const kSpdlog = (text) => ['MAJOR', 'MINOR', 'PATCH'].map((part) => number(text, `SPDLOG_VER_${part}`)).join('.');
const kFmt = (text) => {
  const version = number(text, 'FMT_VERSION');
  return [Math.floor(version / 10_000), Math.floor(version / 100) % 100, version % 100].join('.');
};

/**
 * Which libpq and OpenSSL are inside, as the addon that is shipped says itself: what a header or a package's name says may
 * be another. A release is packed where nothing was built.
 */
export function bundled() {
  const folders = [join('prebuilds', `${process.platform}-${process.arch}`), join('build', 'release')];
  const addon = folders.map((folder) => join(root, folder, 'resilience_probe.node')).find((file) => existsSync(file));
  if (!addon)
    throw new Error(`no resilience_probe.node in ${folders.join(' or ')}: run npm run prebuild -- --here first`);
  const { libpq, openssl } = require(addon).libraries();
  // 150018, and "OpenSSL 3.0.22 25 Aug 2026".
  return { libpq: `${Math.floor(libpq / 10_000)}.${libpq % 10_000}`, openssl: /\d+\.\d+\.\d+\S*/.exec(openssl)?.[0] };
}

function library(name, version, license, purl) {
  if (!version || version.includes('NaN')) throw new Error(`sbom: the version of ${name} is not known`);
  return {
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    scope: 'required',
    licenses: [{ license: { id: license } }],
    purl: `${purl}@${version}`,
  };
}

function ofNpm(name) {
  const { version, license } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  return library(name, version, license, `pkg:npm/${name}`);
}

export function nativeParts() {
  const { libpq, openssl } = bundled();
  return [
    library('libpq', libpq, 'PostgreSQL', 'pkg:generic/libpq'),
    library('openssl', openssl, 'Apache-2.0', 'pkg:generic/openssl'),
    library('spdlog', headerVersion('spdlog/version.h', kSpdlog), 'MIT', 'pkg:github/gabime/spdlog'),
    library('fmt', headerVersion('fmt/core.h', kFmt), 'MIT', 'pkg:github/fmtlib/fmt'),
    ofNpm('node-addon-api'),
    ofNpm('node-api-headers'),
    ofNpm('uplot'),
  ];
}

export function writeSbom() {
  const options = ['--omit=dev', '--sbom-type=library'];
  const text = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', ...options], { cwd: root, encoding: 'utf8' });
  const sbom = JSON.parse(text);
  const { name, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // npm takes the folder's name for it, and leaves out what a tool for development needs as well.
  sbom.metadata.component.name = name;
  const listed = new Set(sbom.components.map((each) => each.name));
  const unlisted = Object.keys(dependencies).filter((each) => !listed.has(each));
  const parts = [...unlisted.map((each) => ofNpm(each)), ...nativeParts()];
  const known = new Set(sbom.components.map((each) => each['bom-ref']));
  sbom.components.push(...parts.filter((part) => !known.has(part['bom-ref'])));
  const own = sbom.dependencies.find(({ ref }) => ref === sbom.metadata.component['bom-ref']);
  own.dependsOn = [...new Set([...own.dependsOn, ...parts.map((part) => part['bom-ref'])])];
  for (const part of parts) sbom.dependencies.push({ ref: part['bom-ref'], dependsOn: [] });
  // In one step: a test beside this may be packing it.
  const draft = join(root, 'build', `sbom.${process.pid}.json`);
  writeFileSync(draft, `${JSON.stringify(sbom, undefined, 2)}\n`);
  renameSync(draft, join(root, 'sbom.cdx.json'));
  console.log(`sbom.cdx.json: ${sbom.components.length} components`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeSbom();
