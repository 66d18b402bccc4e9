/** What the constructor is given to make clients from: a factory, a ready-made client, options, or a client to extend. */
import { FactoryError } from '../errors';
import type { ResilientConfig } from '../options';
import { type OptionsForm, readOptions } from './options-form';

/** A client that came to us through `$extends`. */
export class ExtendedClient {
  constructor(readonly client: object) {}
}

interface Source {
  readonly factory: (context: { guard<Adapter>(adapter: Adapter): Adapter }) => unknown;
  readonly config: ResilientConfig;
  /** There is one client and no way to make another. */
  readonly instance: boolean;
  /** The constructed object is to answer like the client. */
  readonly isClient: boolean;
}

/** Throws a FactoryError where `source` is none of them, and a ConfigError for options that cannot work. */
export function sourceOf(source: unknown, given: ResilientConfig | null | undefined): Source {
  // As each key of it: null is nothing given.
  const config = given ?? {};
  if (source instanceof ExtendedClient) return { factory: () => source.client, config, instance: true, isClient: true };
  if (typeof source === 'function') {
    if (isClass(source)) throw new FactoryError(`The class PrismaClient was given, not a function. ${kExpected}`);
    return { factory: source as Source['factory'], config, instance: false, isClient: false };
  }
  if (isOptions(source)) {
    const { factory, config: among } = readOptions(source);
    return { factory, config: among ?? config, instance: false, isClient: true };
  }
  if (!isClient(source)) {
    throw new FactoryError(`${source === null ? 'null' : `A value of type ${typeof source}`} was given. ${kExpected}`);
  }
  return { factory: () => source, config, instance: true, isClient: false };
}

const kExpected =
  'Expected a factory: (ctx) => new PrismaClient(…), a PrismaClient, or options: { client: PrismaClient, adapter, … }.';

function isClass(source: object): boolean {
  const { prototype } = source as { prototype?: { $connect?: unknown } };
  return typeof prototype?.$connect === 'function';
}

/** By asking for it: a mock shows its properties only once they were asked for. */
function isClient(source: unknown): source is object {
  return typeof source === 'object' && typeof (source as { $connect?: unknown } | null)?.$connect === 'function';
}

function isOptions(source: unknown): source is OptionsForm {
  if (typeof source !== 'object' || source === null || isClient(source)) return false;
  return 'client' in source || 'adapter' in source || 'resilient' in source;
}
