import { kNewest } from './lab';
import { notSent } from './suites/not-sent';

notSent(kNewest);
