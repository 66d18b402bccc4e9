import { PrismaVersion } from '../e2e/errors/prisma-version';
import { testRows } from '../e2e/errors/row';
import { MariaLab } from './mariadb-lab';
import { kMariaRows } from './mariadb-rows';

for (const major of [6, 7] as const) testRows('MariaDB', new PrismaVersion(major), kMariaRows, MariaLab.start);
