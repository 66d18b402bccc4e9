// What the examples run on: in an application this is its own generated client and its own environment.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const { PrismaClient } = require('../../test/.generated/client-7');
export const connectionString = process.env.DATABASE_URL;
if (!connectionString) throw new Error('DATABASE_URL says which database the examples may use, tables and all');
