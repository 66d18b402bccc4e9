/**
 * The guard beneath Prisma 6 with its Rust engine. Other suites have it beside the rest: late, late-begin,
 * whole-resilient. Not played: phases and whole, which look at what the guard tells above Prisma.
 */
import { PrismaVersion } from '../e2e/errors/prisma-version';
import { hanging } from '../e2e/guard/suites/hanging';
import { marks } from '../e2e/guard/suites/marks';
import { notSent } from '../e2e/guard/suites/not-sent';
import { statementNames } from '../e2e/guard/suites/statement-names';
import { swap } from '../e2e/guard/suites/swap';
import { twins } from '../e2e/guard/suites/twins';
import { verifiedLimits } from '../e2e/guard/suites/verified-limits';
import { verifiedWrites } from '../e2e/guard/suites/verified-writes';
import { wire } from '../e2e/guard/suites/wire';

const version = new PrismaVersion('6-rust');
for (const suite of [hanging, marks, notSent, statementNames, swap, twins, verifiedLimits, verifiedWrites, wire]) {
  suite(version);
}
