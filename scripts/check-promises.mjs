// Every promise of SECURITY.md names its test, and every test that is named exists. By the names as they stand in the
// files: `test('…')`, the rows and titles of `test.each`, and TEST(Suite, Name).
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const security = readFileSync(join(root, 'SECURITY.md'), 'utf8');
const table = security.slice(security.indexOf('<!-- promises'));
const rows = [...table.matchAll(/^\| (?!promise |---)(.+?) \| (.+) \|$/gm)];
const problems = [];

/** Names may hold commas: the longest one that the file has is taken first. */
function missing(source, names) {
  const parts = names.split(', ');
  const wanted = [];
  while (parts.length > 0) {
    let length = parts.length;
    while (length > 1 && !has(source, parts.slice(0, length).join(', '))) length -= 1;
    wanted.push(parts.splice(0, length).join(', '));
  }
  return wanted.filter((name) => !has(source, name));
}

function has(source, name) {
  if (/^\w+$/.test(name)) return new RegExp(`TEST(?:_[FP])?\\(\\w+, ${name}\\)`).test(source);
  return [`'${name.replaceAll("'", "\\'")}'`, `"${name}"`, `\`${name}\``].some((quoted) => source.includes(quoted));
}

for (const [, promise, proof] of rows) {
  const tests = [...proof.matchAll(/`([^`]+)`: ([^;]+)/g)];
  if (tests.length === 0) problems.push(`no test is named for: ${promise}`);
  for (const [, file, names] of tests) {
    if (!existsSync(join(root, file))) {
      problems.push(`${file} is not there`);
      continue;
    }
    const source = readFileSync(join(root, file), 'utf8');
    problems.push(...missing(source, names.trim()).map((name) => `${file} has no test '${name}'`));
  }
}
if (rows.length === 0) problems.push('SECURITY.md promises nothing');
for (const problem of problems) console.error(`check-promises: ${problem}`);
if (problems.length === 0) console.log(`check-promises: ${rows.length} promises of SECURITY.md name tests that exist`);
process.exitCode = problems.length === 0 ? 0 : 1;
