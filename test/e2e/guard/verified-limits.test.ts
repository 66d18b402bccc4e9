import { kNewest } from './lab';
import { verifiedLimits } from './suites/verified-limits';

verifiedLimits(kNewest);
