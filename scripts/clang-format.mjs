// Formats all C++ of ours; `--check` only says what is not formatted.
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
const files = execFileSync('git', ['ls-files', '*.h', '*.cc'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter(Boolean);
const args = check ? ['--dry-run', '--Werror'] : ['-i'];
const result = spawnSync('clang-format', [...args, ...files], { cwd: root, stdio: 'inherit' });
if (result.error) {
  console.error('clang-format is missing. On Debian or Ubuntu: apt-get install clang-format');
  process.exit(1);
}
process.exit(result.status ?? 1);
