import { kPrisma6 } from '../e2e/guard/lab';
import { hanging } from '../e2e/guard/suites/hanging';

hanging(kPrisma6);
