// Type-checks lib/ and the tests with the native compiler, which takes a tenth of the older one's time. The older one
// reads the declarations in scripts/test-types.mjs.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { root } from './source-files.mjs';

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript-newest/package.json')), 'bin', 'tsc');
const failed = ['tsconfig.json', join('test', 'tsconfig.json')].filter((project) => {
  const options = { cwd: root, stdio: 'inherit' };
  return spawnSync(process.execPath, [compiler, '-p', project, '--noEmit'], options).status !== 0;
});
process.exit(failed.length > 0 ? 1 : 0);
