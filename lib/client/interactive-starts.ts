import { hide, internalsOf } from './internals';

interface Engine {
  transaction?: (action: string, headers: unknown, ...rest: unknown[]) => Promise<unknown>;
}

const known = new WeakMap<Engine, InteractiveStarts>();

/** Interactive transactions that are about to begin beneath a client, or beneath one that extends it. */
export class InteractiveStarts {
  private starting = 0;

  /** undefined: they cannot be seen. */
  static beneath(client: object): InteractiveStarts | undefined {
    const engine = internalsOf(client)._engine as Engine | null | undefined;
    if (typeof engine?.transaction !== 'function') return undefined;
    const starts = known.get(engine) ?? new InteractiveStarts(engine, engine.transaction);
    known.set(engine, starts);
    return starts;
  }

  private constructor(engine: Engine, transaction: NonNullable<Engine['transaction']>) {
    hide(engine, 'transaction', (action, headers, ...rest) => {
      const send = (): Promise<unknown> => transaction.call(engine, action, headers, ...rest);
      return action === 'start' && !isOfTheEngine(headers) ? this.count(send) : send();
    });
  }

  get any(): boolean {
    return this.starting > 0;
  }

  private async count(send: () => Promise<unknown>): Promise<unknown> {
    this.starting += 1;
    try {
      return await send();
    } finally {
      this.starting -= 1;
    }
  }
}

/** The engine begins one for an array of operations as well, of its own accord. The client hands on where a trace goes on. */
function isOfTheEngine(headers: unknown): boolean {
  return typeof headers === 'object' && headers !== null && Object.keys(headers).length === 0;
}
