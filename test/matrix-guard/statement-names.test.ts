import { kPrisma6 } from '../e2e/guard/lab';
import { statementNames } from '../e2e/guard/suites/statement-names';

statementNames(kPrisma6);
