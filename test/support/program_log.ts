/** What a program of the tests has printed, without what its log says of the machine it runs on. */

/** The event loop stood still, as it does where a machine has other work to do; and, if asked, which addon is in use. */
export function ofItsOwn(printed: string, { addon = false } = {}): string {
  const own = printed.replace(/^prisma-resilient-client: event-loop-stalled .*\n/gm, '');
  return addon ? own.replace(/^prisma-resilient-client: addon kind=.*\n/m, '') : own;
}
