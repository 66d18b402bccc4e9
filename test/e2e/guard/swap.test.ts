import { kNewest } from './lab';
import { swap } from './suites/swap';

swap(kNewest);
