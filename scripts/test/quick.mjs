// The inner loop: the core's tests where C++ changed, and units, lint and types of what changed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { changedFiles, root } from '../source-files.mjs';
import { bin, checkAll, googleTest, jest, sum } from './runners.mjs';

/** So many random events of the property test take some seconds; `npm test -- core` plays them all. */
const kEvents = '200000';
const kScripts = /\.(ts|mts|cts|js|mjs|cjs)$/;
const kPretty = /\.(ts|mts|cts|js|mjs|cjs|json|md|yml|yaml|css|html)$/;
const kNative = /^(src|binding|cmake|CMakeLists\.txt|test\/(core|sim))/;

export async function quick(suite) {
  const changed = changedFiles()?.filter((file) => existsSync(join(root, file)));
  if (changed === undefined) {
    suite.say(
      'quick: this is no git repository, so nothing tells what changed; run `npm test -- core unit lint types`',
    );
    return { passed: 0, failed: 1 };
  }
  suite.say(`quick: ${changed.length} changed files`);
  const scripts = changed.filter((file) => kScripts.test(file));
  const pretty = changed.filter((file) => kPretty.test(file));
  const native = changed.some((file) => kNative.test(file));
  const parts = [];
  if (native) {
    const env = { RESILIENCE_PROPERTY_EVENTS: kEvents };
    parts.push(
      (part) => googleTest(part, 'core', 'resilience_core_tests', { env }),
      (part) =>
        checkAll(
          () => part.node('scripts/clang-format.mjs', '--check'),
          () => part.node('scripts/check-core-purity.mjs'),
        ),
    );
  }
  if (scripts.length > 0) {
    parts.push(
      (part) => jest(part, 'unit', { args: ['--findRelatedTests', '--passWithNoTests', ...scripts] }),
      (part) => checkAll(() => part.node('scripts/check-types.mjs')),
      (part) => checkAll(() => part.run(bin('eslint'), ['--no-warn-ignored', ...scripts])),
    );
  }
  if (pretty.length > 0) {
    parts.push((part) => checkAll(() => part.run(bin('prettier'), ['--check', '--log-level', 'warn', ...pretty])));
  }
  return parts.length > 0 ? sum(...(await suite.beside(...parts))) : { passed: 0, failed: 0 };
}
