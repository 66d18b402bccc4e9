// Says whether built addons run on every glibc that is supported: node scripts/check-glibc.mjs <file.node…>
// Fails where one asks for a newer version, for a library besides libc, or shows a symbol that is not Node's business.
import { execFileSync } from 'node:child_process';

const kNewest = [2, 28];
const kLibraries = /^(libc|libm|libpthread|libdl|librt|ld-linux[-\w]*)\.so\.\d+$/;
const kExports = new Set(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);

function objdump(option, file) {
  return execFileSync('objdump', [option, file], { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\n');
}

function isTooNew(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > kNewest[0] || (major === kNewest[0] && minor > kNewest[1]);
}

function problemsOf(file) {
  const problems = [];
  for (const line of objdump('-T', file)) {
    const version = /\(?GLIBC_([\d.]+)\)?\s+(\S+)$/.exec(line);
    if (line.includes('*UND*')) {
      if (version && isTooNew(version[1])) problems.push(`${version[2]} needs glibc ${version[1]}`);
    } else {
      const symbol = /^[\da-f]{8,}.*\s(\S+)$/.exec(line)?.[1];
      if (symbol && !kExports.has(symbol)) problems.push(`${symbol} is visible from outside`);
    }
  }
  for (const line of objdump('-p', file)) {
    const library = /NEEDED\s+(\S+)/.exec(line)?.[1];
    if (library && !kLibraries.test(library)) problems.push(`needs ${library}`);
  }
  return problems;
}

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node scripts/check-glibc.mjs <file.node...>');
  process.exit(2);
}
let failed = false;
for (const file of files) {
  const problems = problemsOf(file);
  failed ||= problems.length > 0;
  console.log(problems.length === 0 ? `${file}: needs libc alone, glibc ${kNewest.join('.')} or newer` : `${file}:`);
  for (const problem of problems) console.log(`  ${problem}`);
}
process.exit(failed ? 1 : 0);
