import { type PostgresTheatre, openPostgresTheatre } from '../e2e/twin/postgres-theatre';
import { testTwins } from '../e2e/twin/twins';

let theatre: PostgresTheatre;
beforeAll(async () => {
  theatre = await openPostgresTheatre('6-rust', { guarded: true });
});
afterAll(() => theatre.close());

const without = {
  'every kind of value': 'reads bytes past the end of a value, from the buffer that they stand in',
  inspect: 'shows what its engine has begun, which our own look at the database does first',
};

describe('Prisma 6.19 with the Rust engine on PostgreSQL, with the guard', () => {
  testTwins({ major: '6', provider: 'postgresql', timings: ['never', 'between'], without }, () => theatre);
});
