/** What the figures were taken on, in general terms. */
import * as os from 'node:os';

export function describeMachine(postgresVersion: string): string {
  const gigabytes = Math.round(os.totalmem() / 2 ** 30);
  const cores = os.cpus().length;
  return (
    `${cores} cores, ${gigabytes} GB of memory, ${os.type()} ${os.release().replace(/-.*/, '')} ${os.arch()}; ` +
    `Node.js ${process.versions.node}, PostgreSQL ${postgresVersion}, Prisma ${prismaVersion()}`
  );
}

/** How busy it was, since times on a machine with other work to do say less. */
export function describeLoad(): string {
  const load = os.loadavg()[2];
  const busy = load > os.cpus().length ? ' More than its cores: times would be shorter on an idle one.' : '';
  return `Load average over the last 15 minutes of the run: ${load.toFixed(1)}.${busy}`;
}

function prismaVersion(): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require('@prisma/client/package.json') as { version: string }).version;
}
