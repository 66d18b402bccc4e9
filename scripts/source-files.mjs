// The files of this project, as git knows them; in an unpacked archive, which has no repository, or where git is
// missing, all that lie in the folder but what is made here.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What .gitignore names. */
const kMade = new Set(['node_modules', 'build', 'dist', 'prebuilds', 'coverage', '.generated', '.tmp', 'generated']);

/** Paths from the root, with '/', of the files whose name ends with one of `extensions` ('.cc'). */
export function sourceFiles(...extensions) {
  const wanted = (file) => extensions.some((extension) => file.endsWith(extension));
  return (tracked() ?? lying('')).filter(wanted).sort();
}

/**
 * Files that differ from what was committed, new ones included; where nothing does, those of the last commit.
 * undefined: there is no repository to ask.
 */
export function changedFiles() {
  const status = git('status', '--porcelain', '--untracked-files=all', '--no-renames');
  if (!status) return undefined;
  const edited = status.filter((line) => !line.startsWith(' D') && !line.startsWith('D')).map((line) => line.slice(3));
  return edited.length > 0
    ? edited
    : git('diff-tree', '-r', '--name-only', '--no-commit-id', '--diff-filter=d', 'HEAD');
}

function tracked() {
  const files = git('ls-files', '--cached', '--others', '--exclude-standard');
  // A folder below somebody else's repository is known to it by none of its files.
  return files && files.length > 0 ? files : undefined;
}

function git(...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  return status === 0 ? stdout.split('\n').filter(Boolean) : undefined;
}

function lying(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return kMade.has(entry.name) || entry.name.startsWith('.') ? [] : lying(path);
    return entry.isFile() ? path : [];
  });
}
