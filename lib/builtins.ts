/**
 * Modules of Node that take milliseconds to load and that nothing needs before a client is made. Its constructor loads
 * them all at once, never a timer or an answer of the network: test runners refuse what is loaded while no test runs.
 */
/* eslint-disable @typescript-eslint/no-require-imports */

interface Builtins {
  readonly crypto: typeof import('node:crypto');
  readonly net: typeof import('node:net');
  readonly tls: typeof import('node:tls');
  readonly v8: typeof import('node:v8');
  readonly vm: typeof import('node:vm');
  readonly workerThreads: typeof import('node:worker_threads');
}

let loaded: Builtins | undefined;

export function builtins(): Builtins {
  loaded ??= {
    crypto: require('node:crypto') as Builtins['crypto'],
    net: require('node:net') as Builtins['net'],
    tls: require('node:tls') as Builtins['tls'],
    v8: require('node:v8') as Builtins['v8'],
    vm: require('node:vm') as Builtins['vm'],
    workerThreads: require('node:worker_threads') as Builtins['workerThreads'],
  };
  return loaded;
}
