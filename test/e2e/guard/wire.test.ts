import { kNewest } from './lab';
import { wire } from './suites/wire';

wire(kNewest);
