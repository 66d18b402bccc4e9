// Pool sizes and limits: in the URL for Prisma's own engines, as a configuration for driver adapters.
import { poolConfig, withPoolDefaults } from 'prisma-resilient-client';

console.log(withPoolDefaults('postgresql://app@db/app?schema=shop', { connectionLimit: 5, poolTimeout: 10 }));
console.log(poolConfig('postgresql://app@db/app?schema=shop&connection_limit=5'));
console.log(poolConfig('mysql://app@db/app', { connectionLimit: 5 }).acquireTimeout);

// Prints:
// postgresql://app@db/app?schema=shop&connection_limit=5&pool_timeout=10
// {
//   connectionString: 'postgresql://app@db/app',
//   max: 5,
//   connectionTimeoutMillis: 10000,
//   keepAlive: true,
//   schema: 'shop'
// }
// 10000
