import { kPrisma6 } from '../e2e/guard/lab';
import { PrismaVersion } from '../e2e/errors/prisma-version';
import { wholeResilient } from '../e2e/guard/suites/whole-resilient';

wholeResilient(new PrismaVersion(5), false);
for (const version of [new PrismaVersion('6.16'), kPrisma6, new PrismaVersion('6-rust'), new PrismaVersion('7.8')]) {
  for (const guarded of [true, false]) wholeResilient(version, guarded);
}
