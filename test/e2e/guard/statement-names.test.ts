import { kNewest } from './lab';
import { statementNames } from './suites/statement-names';

statementNames(kNewest);
