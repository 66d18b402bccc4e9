import { kPrisma6 } from '../e2e/guard/lab';
import { phases } from '../e2e/guard/suites/phases';

phases(kPrisma6);
