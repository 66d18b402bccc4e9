/** This package's own folder. The bundle of the commands lies as deep in dist/ as this file does in lib/. */
import { resolve } from 'node:path';

export const kPackageRoot = resolve(__dirname, '..', '..');
