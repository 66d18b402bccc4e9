import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const kRoot = join(__dirname, '..', '..', '..');

/** Generates what is not there yet. The folder of all layouts. */
export function generateLayouts(): string {
  execFileSync(process.execPath, [join(kRoot, 'scripts', 'generate-layouts.mjs')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(kRoot, 'test', '.generated', 'layouts');
}
