/** The ways to import what there is: by name, as a whole, by default. */
import byDefault from 'prisma-resilient-client';
import { ConfigError, ResilientPrismaClient, type ResilientConfig } from 'prisma-resilient-client';
import * as all from 'prisma-resilient-client';

assert<Exact<typeof all.ResilientPrismaClient, typeof ResilientPrismaClient>>();
assert<Exact<typeof byDefault.ConfigError, typeof ConfigError>>();
assert<Exact<all.ResilientConfig, ResilientConfig>>();
// @ts-expect-error: not there
void all.nothing;
