/** The versions of Prisma behind one door: a client of any on a driver adapter of its own. */
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { pacedTransactions } from '../../support/prisma';

export type PrismaMajor = 5 | 6 | 7;
/**
 * Each major's newest, and the oldest release that is tested besides. '6-rust': 6.19 with the Rust engine, which is its
 * default; the others of 6 are without, as 7 is, and 5 has nothing else.
 */
export type Release = PrismaMajor | '6.16' | '6-rust' | '7.8';
export type Provider = 'postgresql' | 'mysql' | 'sqlite';

/** What the tests of errors use of a client. Its models are those of test/support/prisma-matrix/models.prisma. */
export interface Delegate {
  create(args: object): PromiseLike<Record<string, unknown>>;
  update(args: object): PromiseLike<unknown>;
  upsert(args: object): PromiseLike<unknown>;
  findMany(args?: object): PromiseLike<unknown[]>;
  deleteMany(args?: object): PromiseLike<unknown>;
}
export interface Queries {
  readonly token: Delegate;
  readonly note: Delegate;
  $queryRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<unknown[]>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<number>;
}
export interface TransactionOptions {
  readonly maxWait?: number;
  readonly timeout?: number;
  readonly isolationLevel?: 'Serializable';
}
export interface TestClient extends Queries {
  $transaction<T>(callback: (tx: Queries) => Promise<T>, options?: TransactionOptions): Promise<T>;
  $transaction(members: readonly PromiseLike<unknown>[], options?: TransactionOptions): Promise<unknown[]>;
  $disconnect(): Promise<void>;
}

type Loaded = Record<string, new (...args: unknown[]) => never>;

const kRoot = path.resolve(__dirname, '..', '..', '..');
const kMatrix = path.join(kRoot, 'test', 'support', 'prisma-matrix');

function load(file: string): Loaded {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require(file) as Loaded;
}

const kNames = {
  5: '5.22',
  '6.16': '6.16',
  6: '6.19',
  '6-rust': '6.19 with the Rust engine',
  '7.8': '7.8',
  7: '7.10',
} as const;

export class PrismaVersion {
  readonly major: PrismaMajor;
  readonly name: string;
  readonly hasRustEngine: boolean;
  /** Of its packages and clients in the matrix. */
  private readonly folder: string;
  private readonly variant: '' | '-rust';

  constructor(readonly release: Release) {
    this.major = Number.parseInt(String(release), 10) as PrismaMajor;
    this.name = `Prisma ${kNames[release]}`;
    this.hasRustEngine = release === 5 || release === '6-rust';
    this.variant = release === '6-rust' ? '-rust' : '';
    this.folder = release === '6-rust' ? 'v6' : `v${release}`;
  }

  /** Installs and generates what is not there yet. */
  setUp(provider: Provider): void {
    const script = path.join(kRoot, 'scripts', 'setup-matrix.mjs');
    execFileSync(process.execPath, [script, `v${this.release}:${provider}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  newClient(provider: Provider, adapter: unknown): TestClient {
    const { PrismaClient } = this.clientModule(provider);
    return new PrismaClient({ adapter, transactionOptions: pacedTransactions() }) as unknown as TestClient;
  }

  /** What was generated in `folder`: PrismaClient, Prisma, enums. */
  clientModule(folder: string): Loaded {
    const directory = path.join(kMatrix, this.folder, 'generated', `${folder}${this.variant}`, 'client');
    return load(this.hasRustEngine ? path.join(directory, 'wasm.js') : directory);
  }

  /** `new` of a class that a package of this version exports. */
  make(packageName: string, className: string, ...args: unknown[]): unknown {
    const Constructor = this.module(packageName)[className] as Loaded[string] | undefined;
    if (!Constructor) throw new Error(`${packageName} of ${this.name} has no ${className}`);
    return new Constructor(...args);
  }

  /** What a package beside this version exports. */
  module(packageName: string): Record<string, unknown> {
    return load(require.resolve(packageName, { paths: [path.join(kMatrix, this.folder)] }));
  }
}
