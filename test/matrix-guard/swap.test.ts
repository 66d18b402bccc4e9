import { kPrisma6 } from '../e2e/guard/lab';
import { swap } from '../e2e/guard/suites/swap';

swap(kPrisma6);
