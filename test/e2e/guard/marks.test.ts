import { kNewest } from './lab';
import { marks } from './suites/marks';

marks(kNewest);
