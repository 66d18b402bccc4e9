import { kNewest } from './lab';
import { verifiedWrites } from './suites/verified-writes';

verifiedWrites(kNewest);
