// Runs the probe's addon on every supported Node: TLS with good and bad certificates, process ends, workers.
//
//   node scripts/test-probe-nodes.mjs [major…]        default: all
//
// The other Nodes come as npm packages and are kept in a cache; the addon is the one in prebuilds/ or build/.
import { execFile, execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

import { kNodeMajors, nodeOf } from './other-nodes.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
require('../test/support/typescript-hook.cjs');
const { loadProbe } = require('../lib/addon/loader.ts');
const { startTlsServers, inWords } = require('../test/binding/support/tls_servers.ts');
const { PostgresCluster } = require('../test/support/index.ts');

/** Whoever takes longer hangs. */
const kLimit = 60_000;
const support = path.join(root, 'test', 'binding', 'support');

const majors = process.argv.length > 2 ? process.argv.slice(2) : kNodeMajors;
const { kind, from, refused } = loadProbe();
if (!kind) throw new Error(`resilience_probe.node is not built (node scripts/build-native.mjs): ${refused.join('; ')}`);
const addon = path.resolve(root, from);

function run(node, script, argument, input) {
  return new Promise((resolve, reject) => {
    const options = { timeout: kLimit, killSignal: 'SIGKILL', maxBuffer: 1 << 24 };
    const child = execFile(node, [path.join(support, script), argument], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${script} ended with ${child.exitCode ?? child.signalCode}: ${stdout}${stderr}`));
      else resolve(stdout);
    });
    child.stdin.end(input ?? '');
  });
}

/** Each check answers what is wrong, line by line. */
const kChecks = {
  async tls(node, { tls }) {
    const urls = JSON.stringify(tls.rows.map(({ url }) => url));
    const { results } = JSON.parse(await run(node, 'look_child.cjs', addon, urls));
    return tls.rows.flatMap(({ name, expected }, i) => {
      const seen = inWords(results[i]);
      return seen === expected ? [] : [`${name}: expected ${expected}, saw ${seen}`];
    });
  },
  async ends(node, { cluster }) {
    const timing = { intervalMs: 3_600_000, downIntervalMs: 20, timeoutMs: 3_600_000, seed: 1 };
    const problems = [];
    for (const how of ['drain', 'exit', 'worker', 'terminate']) {
      for (const sentinel of [false, true]) {
        const options = { ...timing, url: cluster.url(), sentinel };
        const wish = { addon, how, options, search: !sentinel, await: 'result' };
        await run(node, 'exit_child.cjs', JSON.stringify(wish)).catch((error) =>
          problems.push(`${how}: ${error.message}`),
        );
      }
    }
    return problems;
  },
  async workers(node, { cluster }) {
    const wish = {
      addon,
      urls: [cluster.url(), cluster.url({ port: 1 })],
      rounds: { warmUp: 10, counted: 30 },
      seed: 7,
    };
    const { before, after } = JSON.parse(await run(node, 'workers_child.cjs', JSON.stringify(wish)));
    return ['threads', 'sockets', 'pipes']
      .filter((what) => after[what] > before[what])
      .map((what) => `${after[what] - before[what]} ${what} left behind`);
  },
};

const servers = { tls: await startTlsServers(), cluster: await PostgresCluster.start() };
let passed = 0;
let failed = 0;
try {
  for (const major of majors) {
    const node = nodeOf(major);
    const [version, openssl] = execFileSync(node, ['-p', '`${process.version} ${process.versions.openssl}`'], {
      encoding: 'utf8',
    })
      .trim()
      .split(' ');
    for (const [name, check] of Object.entries(kChecks)) {
      const problems = await check(node, servers).catch((error) => [error.message]);
      if (problems.length === 0) passed += 1;
      else failed += 1;
      console.log(`Node ${version} (OpenSSL ${openssl}) ${name}: ${problems.length === 0 ? 'passed' : 'FAILED'}`);
      for (const problem of problems) console.log(`  ${problem}`);
    }
  }
} finally {
  await servers.tls.dispose();
  await servers.cluster.dispose();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
