/** The MariaDB of the tests keeps what it has acknowledged, or a test of crashes would blame the client for what it loses. */
import { newToken } from '../e2e/guard/lab';
import { PrismaVersion } from '../e2e/errors/prisma-version';
import { MariaLab } from './mariadb-lab';

const kWriters = 10;

test('what was acknowledged is there after a kill', async () => {
  const lab = await MariaLab.start(new PrismaVersion(7));
  try {
    const acknowledged: string[] = [];
    const write = async (): Promise<void> => {
      const connection = await lab.connect();
      for (;;) {
        const token = newToken();
        await connection.query('INSERT INTO tokens (token) VALUES (?)', [token]);
        acknowledged.push(token);
      }
    };
    const writing = Array.from({ length: kWriters }, () => write().catch(() => undefined));
    while (acknowledged.length < 100 * kWriters) await new Promise((resolve) => setTimeout(resolve, 5));
    // A log that is mapped into memory loses something now and then only, so its setting is looked at as well.
    const [setting] = await lab.query("SHOW VARIABLES LIKE 'innodb_flush_log_at_trx_commit'");
    lab.dropControl();
    await lab.server.stop('SIGKILL');
    await Promise.all(writing);
    await lab.server.start();
    const rows = await lab.query<{ token: string }>('SELECT token FROM tokens');
    const there = new Set(rows.map(({ token }) => token));
    expect(acknowledged.filter((token) => !there.has(token))).toEqual([]);
    expect(setting.Value).toBe('1');
  } finally {
    await lab.dispose();
  }
});
