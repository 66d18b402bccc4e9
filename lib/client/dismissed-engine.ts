/**
 * A client that was disconnected connects again by itself as soon as something is asked of it: of a `tx` that was kept
 * after its transaction, or of a client that a query hook holds on to. A replaced client must not, for nobody would close
 * that pool. What is asked of it goes to the engine of the client that serves, which knows no transaction of another's.
 */
import { internalsOf } from './internals';
import type { ClientLike } from '../contracts/operation';

type Engine = Record<PropertyKey, unknown>;

/** The connections of the client that serves are not the dismissed one's to open or to close. */
const kLifetime: ReadonlySet<PropertyKey> = new Set(['start', 'stop']);
const following = new WeakSet<object>();
const done = async (): Promise<void> => {};

/**
 * `client` is disconnected, and `serving` answers with the one that serves. Where it throws, because there is none any
 * more, what is asked of `client` rejects with that.
 */
export function followEngine(client: ClientLike, serving: () => ClientLike): void {
  // The client that was extended, where it was, holds the engine for all that extend it.
  const original = (internalsOf(client)._originalClient ?? client) as { _engine?: Engine | null };
  if (following.has(original) || typeof original._engine?.request !== 'function') return;
  following.add(original);
  original._engine = new Proxy<Engine>(
    {},
    {
      get(_target, property) {
        if (kLifetime.has(property)) return done;
        const engine = serving()._engine as Engine;
        const value = engine[property];
        return typeof value === 'function' ? (value.bind(engine) as unknown) : value;
      },
    },
  );
}
