import { kPrisma6 } from '../e2e/guard/lab';
import { marks } from '../e2e/guard/suites/marks';

marks(kPrisma6);
