import { testPostgresRows } from './postgres-rows';
import { PrismaVersion } from './prisma-version';

testPostgresRows(new PrismaVersion(7));
