import { kPrisma6 } from '../e2e/guard/lab';
import { notSent } from '../e2e/guard/suites/not-sent';

notSent(kPrisma6);
