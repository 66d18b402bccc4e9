import { kNewest } from './lab';
import { whole } from './suites/whole';

whole(kNewest);
