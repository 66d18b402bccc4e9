// Formats all C++ of ours; `--check` only says what is not formatted.
import { spawnSync } from 'node:child_process';

import { root, sourceFiles } from './source-files.mjs';

const args = process.argv.includes('--check') ? ['--dry-run', '--Werror'] : ['-i'];
const result = spawnSync('clang-format', [...args, ...sourceFiles('.h', '.cc')], { cwd: root, stdio: 'inherit' });
if (result.error) {
  console.error('clang-format is missing. On Debian or Ubuntu: apt-get install clang-format');
  process.exit(1);
}
process.exit(result.status ?? 1);
