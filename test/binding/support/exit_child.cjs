'use strict';

// node exit_child.cjs <JSON>: opens a probe, brings it into a phase, and then has nothing more to do.
//   addon, options: what to look at          search: start looking (a sentinel needs none)
//   await: 'result' | 'nothing'              how: 'drain' | 'exit' | 'throw' | 'worker' | 'terminate'
// Prints "done" when only the probe is left.
const { Worker, isMainThread, workerData } = require('worker_threads');
const { writeSync } = require('fs');

const wish = isMainThread ? JSON.parse(process.argv[2]) : workerData;

function finish() {
  writeSync(1, 'done\n');
  if (wish.how === 'exit') process.exit(0);
  if (wish.how === 'throw') throw new Error('on purpose');
}

function open() {
  const { NativeProbe } = require(wish.addon);
  let finished = false;
  const ready = () => {
    if (finished) return;
    finished = true;
    clearInterval(keepAlive);
    finish();
  };
  const keepAlive = setInterval(() => undefined, 1000);
  const probe = new NativeProbe(wish.options, ready);
  if (wish.search) probe.start(1);
  // Long enough for a connection to be begun, and far from any time limit of the probe.
  if (wish.await === 'nothing') setTimeout(ready, 100);
}

if (isMainThread && (wish.how === 'worker' || wish.how === 'terminate')) {
  const worker = new Worker(__filename, { workerData: { ...wish, how: 'drain' } });
  if (wish.how === 'terminate') setTimeout(() => worker.terminate(), 50);
} else {
  open();
}
