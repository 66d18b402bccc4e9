/**
 * What the user attached to the client (`$on`, and `$use` where Prisma has it), attached again to each client that the
 * factory makes. Clients extended from one share its listeners, in Prisma as here.
 */
import type { BareClient } from './recipe';
import type { Generation } from '../contracts/operation';

type Method = '$on' | '$use';

export class Listeners {
  private readonly attached: { readonly method: Method; readonly args: unknown[] }[] = [];

  /** Middlewares are user code that runs inside every operation. */
  get hasMiddleware(): boolean {
    return this.attached.some(({ method }) => method === '$use');
  }

  /** Returns what Prisma returned; throws what Prisma throws, and then attaches nothing later either. */
  add(method: Method, args: unknown[], client: BareClient | undefined): unknown {
    const result = client && attach(client, method, args);
    this.attached.push({ method, args });
    return result;
  }

  attachTo(client: Generation['client']): void {
    for (const { method, args } of this.attached) attach(client, method, args);
  }
}

function attach(client: BareClient, method: Method, args: unknown[]): unknown {
  return (client[method] as (...args: unknown[]) => unknown)(...args);
}
