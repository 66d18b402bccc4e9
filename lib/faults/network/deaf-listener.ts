/**
 * A port on which connecting neither succeeds nor fails: SYNs go unanswered, as behind a network that swallows them.
 *
 * A listener whose accept queue is full lets the kernel drop them. libuv accepts as soon as its loop turns, so the
 * listener lives in a worker whose loop stands still, and the first connections, which fill the queue, are ours.
 */
import * as net from 'node:net';
import { Worker } from 'node:worker_threads';

const kWorker = `
const { parentPort, workerData } = require('node:worker_threads');
const gate = new Int32Array(workerData.gate);
parentPort.postMessage('ready');
Atomics.wait(gate, 0, 0);
const server = require('node:net').createServer();
server.listen({ port: workerData.port, host: workerData.host, backlog: 1 }, () => {
  Atomics.store(gate, 1, 1);
  Atomics.notify(gate, 1);
  Atomics.wait(gate, 2, 0);
  server.close();
  parentPort.postMessage('closed');
});
server.on('error', (error) => {
  Atomics.store(gate, 1, -1);
  Atomics.notify(gate, 1);
  throw error;
});
`;
const kQueue = 2;

export class DeafListener {
  private readonly gate = new Int32Array(new SharedArrayBuffer(12));
  private worker: Worker | undefined;
  private fillers: net.Socket[] = [];

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {}

  /** `vacate` must close the listener that has the port now; the port is refused for a fraction of a millisecond. */
  async start(vacate: () => void): Promise<void> {
    const worker = new Worker(kWorker, {
      eval: true,
      workerData: { gate: this.gate.buffer, host: this.host, port: this.port },
    });
    this.worker = worker;
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
    });
    worker.on('error', () => undefined);
    vacate();
    Atomics.store(this.gate, 0, 1);
    Atomics.notify(this.gate, 0);
    // Blocks this thread until the port is taken, so that no turn of our own loop meets it refused.
    Atomics.wait(this.gate, 1, 0, 5000);
    if (this.gate[1] !== 1) throw new Error(`cannot listen on port ${this.port}`);
    this.fillers = Array.from({ length: kQueue }, () => {
      const filler = net.connect({ host: this.host, port: this.port });
      filler.on('error', () => undefined);
      return filler;
    });
  }

  /** Frees the port. Whoever still tries to connect gets through to the next listener. */
  async stop(): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    if (!worker) return;
    for (const filler of this.fillers.splice(0)) filler.destroy();
    const closed = new Promise<void>((resolve) => worker.once('message', () => resolve()));
    Atomics.store(this.gate, 2, 1);
    Atomics.notify(this.gate, 2);
    await closed;
    await worker.terminate();
  }
}
