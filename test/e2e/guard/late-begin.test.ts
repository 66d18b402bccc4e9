import { kNewest } from './lab';
import { lateBegin } from './suites/late-begin';

lateBegin(kNewest);
