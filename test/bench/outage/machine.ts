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

function prismaVersion(): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require('@prisma/client/package.json') as { version: string }).version;
}
