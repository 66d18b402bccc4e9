import { PrismaVersion } from '../e2e/errors/prisma-version';
import { testRows } from '../e2e/errors/row';
import { MariaLab } from './mariadb-lab';
import { kMariaRows } from './mariadb-rows';

for (const release of [6, '6-rust', 7] as const)
  testRows('MariaDB', new PrismaVersion(release), kMariaRows, MariaLab.start);
