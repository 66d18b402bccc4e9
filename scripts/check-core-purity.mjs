// The core knows no clock, no thread, no log, no Node, no libpq, and nothing of the layers around it.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const core = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'core');
const kForbidden = [
  [/::now\s*\(/, 'reads a clock'],
  [
    /#include\s*<(thread|mutex|atomic|condition_variable|future|iostream|fstream|cstdio|functional|napi\.h|libpq-fe\.h)>/,
    'includes the world',
  ],
  [/#include\s*"(io|binding)\//, 'depends on an outer layer'],
  [/\bspdlog\b/, 'logs'],
  [/std::random_device|std::rand\b|\brand\s*\(/, 'seeds itself'],
  [/\bvirtual\b|std::function|std::shared_ptr|\bthrow\b/, 'uses what the core does without'],
];

const found = [];
for (const file of readdirSync(core).filter((name) => /\.(h|cc)$/.test(name))) {
  readFileSync(join(core, file), 'utf8')
    .split('\n')
    .forEach((line, index) => {
      const code = line
        .replace(/\/\/.*$/, '')
        .replace(/"(?:[^"\\]|\\.)*"/g, (text) => (line.includes('#include') ? text : '""'));
      for (const [pattern, what] of kForbidden) {
        if (pattern.test(code)) found.push(`src/core/${file}:${index + 1}: ${what}: ${line.trim()}`);
      }
    });
}
if (found.length > 0) {
  console.error(found.join('\n'));
  process.exit(1);
}
