import { type PoolClient, destroySocket } from './pool-client';

/** What pg's connection has: it writes the messages of the protocol. */
interface Wire {
  query(text: string): unknown;
  parse(statement: object): unknown;
  bind(portal: object): unknown;
  execute(portal: object): unknown;
  on(event: 'commandComplete', listener: () => void): unknown;
  removeListener(event: 'commandComplete', listener: () => void): unknown;
}

type Ask = (...args: unknown[]) => unknown;
interface Asked {
  query: Ask;
  release?: Ask;
}

const kWire: readonly (keyof Wire)[] = ['query', 'parse', 'bind', 'execute', 'on', 'removeListener'];

/** As the driver answers what answers no rows. */
const kNoRows = { rowCount: null, rows: [], fields: [] };

const known = new WeakMap<PoolClient, LateBegin>();

/**
 * Makes the transaction that is about to begin on `client` begin with its first statement: BEGIN is answered here, and goes
 * out in the message of that statement, a round trip less. One that ends before it has sent anything sends nothing at all.
 * Where the driver does not let us, or what is asked is not BEGIN, everything goes through as it is.
 */
export function beginLate(client: PoolClient): void {
  const late = known.get(client) ?? LateBegin.of(client);
  if (late === undefined) return;
  known.set(client, late);
  late.expect();
}

class LateBegin {
  /** BEGIN is expected; or it was answered and goes out with the next message; or neither. */
  private stage: 'expected' | 'unsent' | undefined;
  /** The first statement, while it is on its way. */
  private first: Promise<unknown> | undefined;

  static of(client: PoolClient): LateBegin | undefined {
    const wire = client.connection as unknown as Wire | undefined;
    const whole = wire !== undefined && kWire.every((name) => typeof wire[name] === 'function');
    // Somebody else may have had the same idea.
    const taken = Object.hasOwn(client, 'query') || kWire.some((name) => Object.hasOwn(wire ?? {}, name));
    return whole && !taken ? new LateBegin(client, wire) : undefined;
  }

  private constructor(
    private readonly client: PoolClient,
    private readonly wire: Wire,
  ) {
    (client as Asked).query = (...args) =>
      this.stage === undefined && this.first === undefined ? this.ask(...args) : this.asked(args);
    this.goFirst();
  }

  /** The next that is asked is BEGIN. */
  expect(): void {
    this.stage = 'expected';
    const asked = this.client as PoolClient & Asked;
    const { release } = asked;
    // The pool makes another for whoever takes the connection next.
    asked.release = (...args) => {
      this.stage = undefined;
      return release.apply(asked, args);
    };
  }

  /** Looked up each time: tracing puts its own into the driver's class, sooner or later. */
  private ask(...args: unknown[]): unknown {
    return (Object.getPrototypeOf(this.client) as Asked).query.apply(this.client, args);
  }

  private asked(args: unknown[]): unknown {
    // Should BEGIN be refused, what is sent behind it would be committed by itself.
    if (this.first) {
      const again = (): unknown => this.client.query(...args);
      return this.first.then(again, again);
    }
    const { name, text } = statementOf(args);
    if (this.stage === 'expected') {
      // What stands in the driver's queue already, such as SET of a listener to 'connect', belongs before BEGIN.
      this.stage = text === 'BEGIN' && this.client.readyForQuery === true ? 'unsent' : undefined;
      return this.stage === undefined ? this.ask(...args) : Promise.resolve({ command: text, ...kNoRows });
    }
    if (text === 'COMMIT' || text === 'ROLLBACK') {
      this.stage = undefined;
      return Promise.resolve({ command: text, ...kNoRows });
    }
    // The driver would take BEGIN's answer for that to a statement that it is to keep by its name.
    const sent = text === undefined || name !== undefined ? this.sendAfter(args) : this.sendTogether(args);
    this.first = sent.finally(() => (this.first = undefined));
    return this.first;
  }

  private async sendTogether(args: unknown[]): Promise<unknown> {
    const { client, wire } = this;
    let begun = false;
    const onAnswer = (): void => void (begun = true);
    wire.on('commandComplete', onAnswer);
    try {
      return withoutBegin(await this.ask(...args));
    } finally {
      wire.removeListener('commandComplete', onAnswer);
      // There is no transaction, and nobody shall go on as if there were.
      if (!begun) void destroySocket(client);
    }
  }

  private async sendAfter(args: unknown[]): Promise<unknown> {
    this.stage = undefined;
    try {
      await this.ask({ text: 'BEGIN' });
    } catch (error) {
      void destroySocket(this.client);
      throw error;
    }
    return this.ask(...args);
  }

  /** Whatever goes out next, and however: BEGIN goes first. */
  private goFirst(): void {
    const { wire } = this;
    const { query, parse, bind } = wire;
    const begin = (): void => {
      this.stage = undefined;
      parse.call(wire, { name: '', text: 'BEGIN', types: [] });
      bind.call(wire, { portal: '', statement: '', values: [] });
      wire.execute({ portal: '', rows: 0 });
    };
    wire.query = (text) => {
      const isFirst = this.stage === 'unsent';
      if (isFirst) this.stage = undefined;
      return query.call(wire, isFirst ? `BEGIN; ${text}` : text);
    };
    wire.parse = (statement) => {
      if (this.stage === 'unsent') begin();
      return parse.call(wire, statement);
    };
    wire.bind = (portal) => {
      if (this.stage === 'unsent') begin();
      return bind.call(wire, portal);
    };
  }
}

/** `text` is undefined where the answer is asked for by a callback. */
function statementOf(args: readonly unknown[]): { readonly name?: unknown; readonly text?: unknown } {
  const [config] = args;
  const answersByPromise = typeof args[args.length - 1] !== 'function';
  return answersByPromise && typeof config === 'object' && config !== null ? config : {};
}

/** The driver answers a message of several statements with all of their results. */
function withoutBegin(results: unknown): unknown {
  if (!Array.isArray(results)) return results;
  const rest = results.slice(1) as unknown[];
  return rest.length === 1 ? rest[0] : rest;
}
