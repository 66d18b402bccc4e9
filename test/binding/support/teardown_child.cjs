'use strict';

// node teardown_child.cjs <JSON>: workers that load both addons and call every export, terminated at random moments
// within a few ms of a start that they make together. Prints how many there were, and how far they had come.
//   addons: [core, probe], workers, atOnce, withinMs (of the start, or, with `fromFirstCall`, of the first call), seed
const { Worker, isMainThread, workerData } = require('worker_threads');

const kReady = 0;
const kGo = 1;
const kCalls = 2;
const kFinished = 3;

if (isMainThread) {
  main(JSON.parse(process.argv[2]));
} else {
  const shared = new Int32Array(workerData.shared);
  Atomics.add(shared, kReady, 1);
  Atomics.notify(shared, kReady);
  Atomics.wait(shared, kGo, 0);
  for (const path of workerData.addons) callEverything(require(path), () => Atomics.add(shared, kCalls, 1));
  Atomics.add(shared, kFinished, 1);
  setInterval(() => undefined, 1000);
}

async function main({ addons, workers, atOnce, withinMs, fromFirstCall, seed }) {
  let state = seed;
  const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 1) / 2 ** 31;
  const told = { workers: 0, calls: 0, finished: 0, errors: [] };
  while (told.workers < workers) {
    const shared = new Int32Array(new SharedArrayBuffer(4 * 4));
    const batch = Array.from({ length: atOnce }, () => {
      const worker = new Worker(__filename, { workerData: { addons, shared: shared.buffer } });
      worker.on('error', (error) => told.errors.push(String(error.stack)));
      return { worker, at: random() * withinMs, ended: new Promise((resolve) => worker.on('exit', resolve)) };
    });
    while (Atomics.load(shared, kReady) < atOnce) await new Promise((resolve) => setTimeout(resolve, 1));
    Atomics.store(shared, kGo, 1);
    Atomics.notify(shared, kGo);
    while (fromFirstCall && Atomics.load(shared, kCalls) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const began = performance.now();
    for (const { worker, at } of batch.sort((a, b) => a.at - b.at)) {
      while (performance.now() - began < at); // timers are too coarse
      void worker.terminate();
    }
    await Promise.all(batch.map(({ ended }) => ended));
    told.workers += atOnce;
    told.calls += shared[kCalls];
    told.finished += shared[kFinished];
  }
  process.stdout.write(JSON.stringify(told));
}

/** `called` is told of each call that came back. What a call throws is no matter here. */
function callEverything(addon, called) {
  const schema = addon.describe();
  const attempt = (call) => {
    try {
      return call();
    } catch {
      return undefined;
    } finally {
      called();
    }
  };
  const byName = (list, name) => list.find((each) => each.name === name);
  const fields = (list) => Object.fromEntries(list.map(({ name, type }) => [name, valueOf(type)]));
  const single = ({ kind, of, least }) => {
    switch (kind) {
      case 'boolean':
        return true;
      case 'number':
      case 'time':
        return 1;
      case 'whole':
        return Math.max(1, least);
      case 'text':
        return 'postgres://app@127.0.0.1:1/app';
      case 'enumeration':
        return byName(schema.enumerations, of).asNumber ? 0 : byName(schema.enumerations, of).values[0];
      case 'record':
        return fields(byName(schema.records, of).fields);
      case 'table':
        return { host: '127.0.0.1', port: '1' };
      default:
        return of === 'NativeConfig' ? made.get(of) : of.includes('=>') ? () => undefined : undefined;
    }
  };
  const valueOf = (type) => (type.list ? [single(type)] : single(type));
  const made = new Map();
  const inOrder = [...schema.classes].sort(({ name }) => (name === 'NativeConfig' ? -1 : 1));
  for (const { name, parameters, methods } of inOrder) {
    const object = attempt(() => new addon[name](...parameters.map(({ type }) => valueOf(type))));
    made.set(name, object);
    for (const method of object ? methods : []) {
      attempt(() => object[method.name](...method.parameters.map(({ type }) => valueOf(type))));
    }
  }
  for (const { name, parameters } of schema.functions) {
    attempt(() => addon[name](...parameters.map(({ type }) => valueOf(type))));
  }
  for (const { name } of schema.records) attempt(() => addon.mirror(name, valueOf({ kind: 'record', of: name })));
}
