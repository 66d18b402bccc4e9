import { kPrisma6 } from '../e2e/guard/lab';
import { verifiedLimits } from '../e2e/guard/suites/verified-limits';

verifiedLimits(kPrisma6);
