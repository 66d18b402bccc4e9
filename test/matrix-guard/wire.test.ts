import { kPrisma6 } from '../e2e/guard/lab';
import { wire } from '../e2e/guard/suites/wire';

wire(kPrisma6);
