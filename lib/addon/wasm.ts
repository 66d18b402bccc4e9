/**
 * The core's WebAssembly build, for the platforms that have no native addon: the same C++, with Node-API in JavaScript.
 *
 * It runs without WASI's own implementation, which warns or is missing in some runtimes: the core opens no file and no
 * socket, so the few system calls that its libraries name are answered here.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ownFolder } from './own-folder';

export const kWasmFile = 'resilience.wasm';

/** The package's own, or what a bundler has put beside its bundle. */
export function ownWasm(): string {
  try {
    // Written out whole for those who trace files, as in prebuilt.ts.
    return join(__dirname, '../../prebuilds/wasm32-wasi/resilience.wasm');
  } catch {
    return join(ownFolder(), 'prebuilds/wasm32-wasi', kWasmFile);
  }
}

/** Of WASI: success, and "not supported". */
const kSuccess = 0;
const kNotSupported = 52;
const kRealTime = 0;

/** The part of the global that is used: only the types of browsers declare it. */
interface Module {
  readonly kind?: 'module';
}
interface Instance {
  readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; _initialize(): void };
}
declare const WebAssembly: {
  readonly Module: {
    new (bytes: Uint8Array): Module;
    imports(module: Module): { readonly module: string; readonly name: string }[];
  };
};

type SystemCall = (...args: never[]) => number | undefined;

/** `file`: another one than the package's own. Takes some milliseconds; the result is this module instance's alone. */
export function loadWasm(file = ownWasm()): unknown {
  const module = new WebAssembly.Module(readFileSync(file));
  // Here, not above: a process that has a native addon never needs them.
  /* eslint-disable @typescript-eslint/no-require-imports */
  const { instantiateNapiModuleSync } = require('@emnapi/core') as typeof import('@emnapi/core');
  const { getDefaultContext } = require('@emnapi/runtime') as typeof import('@emnapi/runtime');
  const { randomFillSync } = require('node:crypto') as typeof import('node:crypto');
  /* eslint-enable @typescript-eslint/no-require-imports */
  const system = new System(module, randomFillSync);
  const { napiModule } = instantiateNapiModuleSync(module, {
    context: getDefaultContext(),
    wasi: system,
    overwriteImports: (imports) => ({ ...imports, env: { ...imports.env, ...imports.napi, ...imports.emnapi } }),
  });
  return napiModule.exports;
}

/** What the module imports from WASI; has the shape that emnapi expects of a WASI implementation. */
class System {
  readonly wasiImport: Record<string, SystemCall>;
  private memory?: Instance['exports']['memory'];

  constructor(
    module: Module,
    private readonly fillAtRandom: (bytes: Uint8Array) => unknown,
  ) {
    const known: Record<string, SystemCall> = {
      environ_sizes_get: (count: number, size: number) => this.put32(count, 0) ?? this.put32(size, 0) ?? kSuccess,
      environ_get: () => kSuccess,
      clock_time_get: (clock: number, _precision: bigint, at: number) => this.putTime(clock, at),
      random_get: (at: number, length: number) => this.putRandom(at, length),
      proc_exit: (code: number) => {
        throw new Error(`the WebAssembly core ended itself with code ${code}`);
      },
    };
    const named = WebAssembly.Module.imports(module).filter(({ module: from }) => from === 'wasi_snapshot_preview1');
    this.wasiImport = Object.fromEntries(named.map(({ name }) => [name, known[name] ?? (() => kNotSupported)]));
  }

  initialize(instance: object): void {
    const { exports } = instance as Instance;
    this.memory = exports.memory;
    exports._initialize();
  }

  /** For commands, which this is not. */
  start(): number {
    return kSuccess;
  }

  getImportObject(): object {
    return { wasi_snapshot_preview1: this.wasiImport };
  }

  /** Made anew each time: the buffer of a memory that has grown is another one. */
  private view(): DataView {
    if (!this.memory) throw new Error('the WebAssembly core is not initialized');
    return new DataView(this.memory.buffer);
  }

  private put32(at: number, value: number): undefined {
    this.view().setUint32(at, value, true);
  }

  private putTime(clock: number, at: number): number {
    const ms = clock === kRealTime ? Date.now() : performance.now();
    this.view().setBigUint64(at, BigInt(Math.round(ms * 1e6)), true);
    return kSuccess;
  }

  private putRandom(at: number, length: number): number {
    this.fillAtRandom(new Uint8Array(this.view().buffer, at, length));
    return kSuccess;
  }
}
