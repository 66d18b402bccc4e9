import { PrismaVersion } from '../e2e/errors/prisma-version';
import { testPostgresRows } from '../e2e/errors/postgres-rows';

testPostgresRows(new PrismaVersion(5));
testPostgresRows(new PrismaVersion(6));
testPostgresRows(new PrismaVersion('6-rust'));
