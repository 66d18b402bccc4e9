/** A connection that breaks between its login and its first statement must not end the process. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { PrismaVersion } from '../e2e/errors/prisma-version';

function run(...situation: string[]): Promise<string> {
  const hook = join(__dirname, '../support/typescript-hook.cjs');
  const script = join(__dirname, 'broken-logins-process.ts');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['-r', hook, script, ...situation],
      { timeout: 120_000, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
  });
}

describe.each([6, 7] as const)('Prisma %i', (major) => {
  beforeAll(() => new PrismaVersion(major).setUp('mysql'));

  test.each(['first', 'later', 'bundled'])('logins that break on MariaDB: %s', async (which) => {
    expect(await run(which, String(major))).toBe('alive\n');
  });
});
