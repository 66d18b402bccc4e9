'use strict';

// node look_child.cjs <addon>: one look at each URL of the JSON array on stdin; prints the results as JSON.
// Plain CommonJS for the oldest Node that is supported.
const { readFileSync } = require('fs');

const { NativeProbe } = require(process.argv[2]);
const urls = JSON.parse(readFileSync(0, 'utf8'));
const keepAlive = setInterval(() => undefined, 1000);

function look(url) {
  return new Promise((resolve) => {
    const timing = { intervalMs: 1000, downIntervalMs: 50, timeoutMs: 5000, seed: 1 };
    const probe = new NativeProbe({ url, ...timing }, ([{ result }]) => {
      probe.close();
      resolve(result);
    });
    probe.now(1);
  });
}

(async () => {
  const results = [];
  for (const url of urls) results.push(await look(url));
  clearInterval(keepAlive);
  process.stdout.write(JSON.stringify({ openssl: process.versions.openssl, results }));
})();
