/** The guard on the PostgreSQLs that the other suites do not run on: 13, 14, 16 and 17. */
import { binOfMajor, findPgBinaries, kOtherMajors } from '../support/pg_binaries';
import { kNewest } from '../e2e/guard/lab';
import { marks } from '../e2e/guard/suites/marks';
import { notSent } from '../e2e/guard/suites/not-sent';
import { phases } from '../e2e/guard/suites/phases';
import { verifiedWrites } from '../e2e/guard/suites/verified-writes';
import { whole } from '../e2e/guard/suites/whole';

const given = process.env.PG_BIN;

describe.each(kOtherMajors)('PostgreSQL %i', (major) => {
  beforeAll(() => {
    process.env.PG_BIN = binOfMajor(major);
  });
  afterAll(() => {
    if (given === undefined) delete process.env.PG_BIN;
    else process.env.PG_BIN = given;
  });

  test('is what runs here', () => {
    expect(findPgBinaries().major).toBe(major);
  });

  for (const suite of [notSent, phases, verifiedWrites, whole, marks]) suite(kNewest);
});
