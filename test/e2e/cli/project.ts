/** A small application in a folder of its own, as a user has one. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const kRoot = join(__dirname, '../../..');
const kModules = join(kRoot, 'node_modules');

export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'application-'));

  constructor(files: Readonly<Record<string, string>>, packages: readonly string[]) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    for (const name of packages) this.link(name, join(kModules, name));
  }

  /** A package that is somewhere else. */
  link(name: string, folder: string): void {
    const place = join(this.folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(folder, place, 'dir');
  }

  /** This package as it is installed: a folder of its own, which tools tell from an application's sources. */
  installThisPackage(): void {
    const place = join(this.folder, 'node_modules/prisma-resilient-client');
    mkdirSync(place, { recursive: true });
    for (const name of ['package.json', 'dist']) cpSync(join(kRoot, name), join(place, name), { recursive: true });
    symlinkSync(join(kRoot, 'build'), join(place, 'build'), 'dir');
    const { dependencies } = JSON.parse(readFileSync(join(kRoot, 'package.json'), 'utf8')) as { dependencies: object };
    for (const name of Object.keys(dependencies)) this.link(name, join(kModules, name));
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
