import { kPrisma6 } from '../e2e/guard/lab';
import { verifiedWrites } from '../e2e/guard/suites/verified-writes';

verifiedWrites(kPrisma6);
