import { type PostgresTheatre, openPostgresTheatre } from './postgres-theatre';
import { testTwins } from './twins';

describe.each([
  ['without the guard', false],
  ['with the guard', true],
])('Prisma 7 on PostgreSQL, %s', (_name, guarded) => {
  let theatre: PostgresTheatre;
  beforeAll(async () => {
    theatre = await openPostgresTheatre(7, { guarded });
  });
  afterAll(() => theatre.close());

  testTwins('7', true, () => theatre);
});
