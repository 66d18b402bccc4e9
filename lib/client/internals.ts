/**
 * What Prisma's clients have that is nobody's API. Read from here alone, and only of what is a client of Prisma's: a
 * mock answers every question with another mock, for ever.
 */
interface Internals {
  readonly _clientVersion: string;
  /** The client that was extended. */
  readonly _originalClient: Record<PropertyKey, unknown>;
  readonly _extensions: unknown;
  /** 'postgresql', 'mysql', 'sqlite', … */
  readonly _activeProvider: string;
  readonly _runtimeDataModel: { readonly models?: object };
  /** Up to Prisma 6. */
  readonly _middlewares: unknown;
  readonly _engineConfig: {
    readonly adapter?: unknown;
    readonly overrideDatasources?: unknown;
    readonly transactionOptions?: { readonly maxWait?: number };
  };
  _engine: unknown;
}

const kNothing: Partial<Internals> = Object.freeze({});

export function internalsOf(client: object): Partial<Internals> {
  const { _clientVersion } = client as Partial<Internals>;
  // All of 5, 6 and 7 have it.
  return typeof _clientVersion === 'string' ? client : kNothing;
}

/**
 * 'compiler': 7, and 6 with engineType "client". 'rust': the default of 6, and all that 5 has. 'unknown': elsewhere, as of
 * Accelerate, or hidden by what was put around the client.
 */
export type QueryEngine = 'compiler' | 'rust' | 'unknown';

export function queryEngineOf(client: object): QueryEngine {
  const { _clientVersion = '', _engine } = internalsOf(client);
  if (Number.parseInt(_clientVersion, 10) >= 7) return 'compiler';
  switch ((_engine as { name?: unknown } | null | undefined)?.name) {
    case 'ClientEngine':
      return 'compiler';
    case 'LibraryEngine':
    case 'BinaryEngine':
      return 'rust';
    default:
      return 'unknown';
  }
}

/** In place of what `engine` has. `util.inspect` shows a client's engine, and shows it as it is on a bare client. */
export function hide<Engine extends object, Name extends keyof Engine>(
  engine: Engine,
  name: Name,
  value: Engine[Name],
): void {
  Object.defineProperty(engine, name, { value, enumerable: false, configurable: true, writable: true });
}
