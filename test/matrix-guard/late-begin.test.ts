import { kPrisma6 } from '../e2e/guard/lab';
import { PrismaVersion } from '../e2e/errors/prisma-version';
import { lateBegin } from '../e2e/guard/suites/late-begin';

for (const version of [new PrismaVersion('6.16'), kPrisma6, new PrismaVersion('6-rust'), new PrismaVersion('7.8')])
  lateBegin(version);
