import { PrismaVersion } from '../e2e/errors/prisma-version';
import { testRows } from '../e2e/errors/row';
import { SqliteLab } from './sqlite-lab';
import { kSqliteRows } from './sqlite-rows';

for (const major of [6, 7] as const) testRows('SQLite', new PrismaVersion(major), kSqliteRows, SqliteLab.start);
