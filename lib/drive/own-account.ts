import { AsyncResource } from 'node:async_hooks';

/** Made when the package is loaded, so that no request is around it. */
const context = new AsyncResource('prisma-resilient-client');

/**
 * Runs what this package does by itself (a replacement, a look, a timer) outside of the asynchronous context of the
 * operation that has led to it. Otherwise its spans and queries would appear among those of a user's request, and a timer
 * would keep that request's context for as long as it runs.
 */
export function onOwnAccount<T>(act: () => T): T {
  return context.runInAsyncScope(act);
}
