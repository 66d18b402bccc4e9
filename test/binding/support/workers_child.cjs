'use strict';

// node workers_child.cjs <JSON>: makes and terminates workers at random moments, and prints what they left behind.
//   addon, urls, rounds: { warmUp, counted }, seed
const { Worker, isMainThread, workerData, parentPort } = require('worker_threads');
const { readdirSync, readlinkSync, readFileSync } = require('fs');

if (!isMainThread) {
  const { NativeProbe } = require(workerData.addon);
  const timing = { intervalMs: 20, downIntervalMs: 5, timeoutMs: 1000 };
  const open = (url, seed) => new NativeProbe({ ...timing, url, sentinel: seed % 3 === 0, seed }, () => undefined);
  const probes = workerData.urls.map((url, i) => open(url, workerData.seed + i));
  for (const probe of probes) probe.start(workerData.seed);
  parentPort.postMessage('started');
  setInterval(() => probes[workerData.seed % probes.length].now(1), 7);
} else {
  main(JSON.parse(process.argv[2]));
}

async function main({ addon, urls, rounds, seed }) {
  let state = seed;
  const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 1) / 2 ** 31;

  const one = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(__filename, { workerData: { addon, urls, seed: Math.floor(random() * 1e6) } });
      worker.on('error', reject);
      worker.on('exit', resolve);
      const end = () => worker.terminate();
      // A third at any moment of its start, a third as soon as its probes are there, a third later.
      const when = random();
      if (when < 1 / 3) setTimeout(end, random() * 40);
      else worker.once('message', () => (when < 2 / 3 ? end() : setTimeout(end, random() * 60)));
    });
  const many = async (count) => {
    let left = count;
    const lane = async () => {
      while (left-- > 0) await one();
    };
    await Promise.all([lane(), lane(), lane(), lane()]);
  };

  const atStart = census();
  await many(rounds.warmUp);
  const before = await settled((now) => now.sockets === atStart.sockets);
  await many(rounds.counted);
  const after = await settled((now) => now.sockets <= before.sockets && now.threads <= before.threads);
  process.stdout.write(JSON.stringify({ before, after }));
}

/** Threads and descriptors end a little after whoever asked for their end; waits for `fine`, at most 10 s. */
async function settled(fine) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const now = census();
    if (fine(now) || Date.now() > deadline) return now;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function census() {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  const status = readFileSync('/proc/self/status', 'utf8');
  return {
    threads: readdirSync('/proc/self/task').length,
    sockets: links.filter((link) => link.startsWith('socket:')).length,
    pipes: links.filter((link) => link.startsWith('pipe:')).length,
    rssMiB: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024,
  };
}
