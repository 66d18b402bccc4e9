import { kNewest } from './lab';
import { phases } from './suites/phases';

phases(kNewest);
