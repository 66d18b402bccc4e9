// The core knows no clock, no thread, no log, no Node, no libpq, and nothing of the layers around it. And libpq's results
// are read within bounds, by src/io/pq_results.cc alone. And what node-addon-api offers beside its handles may end the
// process: binding/js/ alone includes it.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
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
const kUnbounded = [
  [
    /\bPQ(getResult|exec\w*|getCopyData|connectdb\w*|fn)\b/,
    'waits for a server without a bound; see src/io/pq_results.h',
  ],
];
const kReader = 'pq_results.cc';
const kMayEndTheProcess = [
  [/#include\s*[<"](napi|node_api|js_native_api)\.h[>"]|\bNapi::/, 'calls Node past binding/js/node_api.h'],
];

const found = [];

function search(folder, forbidden, except) {
  for (const file of readdirSync(join(root, folder)).filter((name) => /\.(h|cc)$/.test(name) && name !== except)) {
    readFileSync(join(root, folder, file), 'utf8')
      .split('\n')
      .forEach((line, index) => {
        const code = line
          .replace(/\/\/.*$/, '')
          .replace(/"(?:[^"\\]|\\.)*"/g, (text) => (line.includes('#include') ? text : '""'));
        for (const [pattern, what] of forbidden) {
          if (pattern.test(code)) found.push(`${folder}/${file}:${index + 1}: ${what}: ${line.trim()}`);
        }
      });
  }
}

search('src/core', kForbidden);
search('src/io', kUnbounded, kReader);
for (const folder of ['binding', 'binding/seam', 'binding/records']) search(folder, kMayEndTheProcess);
if (found.length > 0) {
  console.error(found.join('\n'));
  process.exit(1);
}
