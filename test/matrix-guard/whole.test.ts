import { kPrisma6 } from '../e2e/guard/lab';
import { PrismaVersion } from '../e2e/errors/prisma-version';
import { whole } from '../e2e/guard/suites/whole';

for (const version of [new PrismaVersion('6.16'), kPrisma6, new PrismaVersion('7.8')]) whole(version);
