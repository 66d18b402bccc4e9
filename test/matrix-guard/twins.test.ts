import { kPrisma6 } from '../e2e/guard/lab';
import { twins } from '../e2e/guard/suites/twins';

twins(kPrisma6);
