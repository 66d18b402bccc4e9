/** Functions of users may be asynchronous where nobody awaits them. */
import { types } from 'node:util';

/**
 * Tells what a user's function rejects with, instead of leaving it to end the process. Only of real promises: a
 * PrismaPromise is sent by its `then`, and nobody has asked for that.
 */
export function onRejection(answer: unknown, tell: (error: unknown) => void): void {
  if (types.isPromise(answer)) answer.catch(tell);
}
