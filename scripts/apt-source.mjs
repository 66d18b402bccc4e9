// Fetches a source package with apt, from the very mirrors that this machine uses, without touching its apt set-up:
// the list of sources is copied into a private folder and turned from binary packages to source packages there.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** One-line and deb822 entries alike; what is a source entry already stays one. */
function asSourceEntries(text, isDeb822) {
  return isDeb822 ? text.replace(/^Types:.*$/gm, 'Types: deb-src') : text.replace(/^\s*deb\s/gm, 'deb-src ');
}

function copySources(etc) {
  const parts = path.join(etc, 'sources.list.d');
  fs.mkdirSync(parts, { recursive: true });
  const system = '/etc/apt';
  const files = fs.existsSync(path.join(system, 'sources.list')) ? ['sources.list'] : [];
  const dir = path.join(system, 'sources.list.d');
  if (fs.existsSync(dir)) files.push(...fs.readdirSync(dir).map((name) => path.join('sources.list.d', name)));
  for (const file of files.filter((name) => /\.(list|sources)$/.test(name))) {
    const text = fs.readFileSync(path.join(system, file), 'utf8');
    fs.writeFileSync(path.join(etc, file), asSourceEntries(text, file.endsWith('.sources')));
  }
  if (files.length === 0) throw new Error('no apt sources on this machine');
}

/**
 * Downloads the first of `names` that the machine's mirrors have into `work`, newest version first; apt checks it
 * against the mirrors' signatures. Gives the version's name, the path of the upstream tarball, and that of the
 * distribution's changes to it.
 * Throws where there is no apt, no mirror or no such package.
 */
export function downloadSourcePackage(names, work) {
  const apt = path.join(work, 'apt');
  for (const dir of ['lists/partial', 'cache/archives/partial']) fs.mkdirSync(path.join(apt, dir), { recursive: true });
  copySources(apt);
  const options = [
    `Dir::Etc::sourcelist=${apt}/sources.list`,
    `Dir::Etc::sourceparts=${apt}/sources.list.d`,
    `Dir::State::lists=${apt}/lists`,
    `Dir::Cache=${apt}/cache`,
    'APT::Sandbox::User=',
    'Debug::NoLocking=1',
    'Acquire::Languages=none',
    'Acquire::Retries=1',
  ].flatMap((option) => ['-o', option]);
  const run = (tool, ...args) =>
    execFileSync(tool, [...options, ...args], {
      cwd: work,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 26,
    });

  try {
    run('apt-get', 'update');
  } catch (error) {
    // A mirror without source packages is no reason to stop: the others may have what is wanted.
    if (error.code === 'ENOENT') throw new Error('no apt-get on this machine', { cause: error });
  }
  const failures = [];
  for (const name of names) {
    for (const version of versionsOf(run, name)) {
      // A mirror that has the new tarball already, and the distribution's changes to it not yet, has the newest all the same.
      for (const part of [[], ['--tar-only']]) {
        try {
          run('apt-get', 'source', '--download-only', ...part, `${name}=${version}`);
        } catch (error) {
          failures.push(`${name} ${version}: ${String(error.stderr).trim().split('\n')[0]}`);
          continue;
        }
        const plain = version.replace(/^\d+:/, '');
        const has = (start, end) => fs.readdirSync(work).find((file) => file.startsWith(start) && end.test(file));
        const tarball = has(`${name}_${plain.replace(/-[^-]*$/, '')}.`, /\.orig\.tar\.\w+$/);
        const changes = part.length === 0 ? has(`${name}_${plain}.`, /\.debian\.tar\.\w+$/) : undefined;
        const pathOf = (file) => file && path.join(work, file);
        if (tarball) return { name: `${name} ${version}`, tarball: pathOf(tarball), changes: pathOf(changes) };
      }
    }
  }
  throw new Error(failures.length > 0 ? failures.join('; ') : `no mirror has any of ${names.join(', ')}`);
}

function versionsOf(run, name) {
  let text;
  try {
    text = run('apt-cache', 'showsrc', name);
  } catch {
    return [];
  }
  const versions = [...text.matchAll(/^Version: (\S+)$/gm)].map((match) => match[1]);
  return [...new Set(versions)].sort(new Intl.Collator('en', { numeric: true }).compare).reverse();
}
