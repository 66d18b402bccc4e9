import { type PostgresTheatre, openPostgresTheatre } from './postgres-theatre';
import { kTimings, testTwins } from './twins';

describe.each([
  { name: 'without the guard', guarded: false, timings: kTimings },
  { name: 'with the guard', guarded: true, timings: ['never', 'between'] as const },
])('Prisma 7 on PostgreSQL, $name', ({ guarded, timings }) => {
  let theatre: PostgresTheatre;
  beforeAll(async () => {
    theatre = await openPostgresTheatre(7, { guarded });
  });
  afterAll(() => theatre.close());

  testTwins({ major: '7', provider: 'postgresql', timings }, () => theatre);
});
