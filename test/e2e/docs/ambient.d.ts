/** What code blocks of the documents may use without declaring it: the client and its keeper, as the README makes them. */
type ResilientOfDocs = import('prisma-resilient-client').ResilientPrismaClient<import('@prisma/client').PrismaClient>;

declare const resilient: ResilientOfDocs;
declare const prisma: import('@prisma/client').PrismaClient;
declare const connectionString: string;
