import { kNewest } from './lab';
import { hanging } from './suites/hanging';

hanging(kNewest);
