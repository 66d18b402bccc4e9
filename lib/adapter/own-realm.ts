/**
 * Prisma tells what has failed in a batch by `instanceof Error`. An error that Node itself makes, ECONNRESET of a socket, is of
 * the main realm: where Prisma was loaded in another one, as Jest does it for each test, that error passes for a result, and
 * an array transaction that was never committed resolves.
 */
export function takeIntoOwnRealm(error: unknown): void {
  if (error instanceof Error || Object.prototype.toString.call(error) !== '[object Error]') return;
  const foreign = error as Error;
  const { name } = foreign;
  // The very object: whoever has it already knows it by identity.
  if (!Reflect.setPrototypeOf(foreign, Error.prototype) || foreign.name === name) return;
  Object.defineProperty(foreign, 'name', { value: name, configurable: true, writable: true });
}
