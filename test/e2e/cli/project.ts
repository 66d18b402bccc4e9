/** A small application in a folder of its own, as a user has one. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const kModules = join(__dirname, '../../../node_modules');

export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'application-'));

  constructor(files: Readonly<Record<string, string>>, packages: readonly string[]) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    for (const name of packages) {
      const place = join(this.folder, 'node_modules', name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(join(kModules, name), place, 'dir');
    }
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
