/** What PgBouncer in front of the server says while the server is away, or busy. */
import { PgBouncer } from '../../../support/pgbouncer';
import { failureOf, type Lab } from '../lab';
import type { Row } from '../row';

const kNotSent = {
  errorClass: 'not-sent',
  outcome: 'not-applied',
  sent: false,
  retryMayHelp: true,
  connectionClass: true,
};

async function bouncerOf(lab: Lab, settings: Record<string, string> = {}): Promise<PgBouncer> {
  const bouncer = await PgBouncer.start({ target: lab.cluster, settings });
  lab.later(() => bouncer.dispose());
  return bouncer;
}

export const kPgBouncerRows: readonly Row[] = [
  {
    name: 'its server is stopped: those who come first wait, those who come later are refused',
    expected: { ...kNotSent, rule: '08P01' },
    async make(lab) {
      const bouncer = await bouncerOf(lab);
      await lab.client({ connectionString: bouncer.url() }).token.findMany();
      await lab.cluster.stop();
      const token = lab.newToken();
      const first = failureOf(lab.client({ connectionString: bouncer.url() }).token.findMany());
      first.catch(() => undefined);
      let error: unknown;
      while (error === undefined) {
        const create = lab
          .client({ connectionString: bouncer.url(), query_timeout: 100 })
          .token.create({ data: { token } });
        const failure = (await failureOf(create)) as Error;
        if (failure.message.includes('server_login_retry')) error = failure;
      }
      return { error, token };
    },
  },
  {
    name: 'all its connections to the server are busy for longer than query_wait_timeout',
    expected: { ...kNotSent, rule: '08P01' },
    async make(lab) {
      const bouncer = await bouncerOf(lab, { default_pool_size: '1', query_wait_timeout: '1' });
      const busy = lab
        .client({ connectionString: bouncer.url() })
        .$queryRawUnsafe('SELECT pg_sleep(60)::text')
        .then(undefined, () => undefined);
      await lab.untilBusy();
      lab.later(async () => {
        await lab.cluster.terminateBackends();
        await busy;
      });
      const token = lab.newToken();
      const create = lab.client({ connectionString: bouncer.url() }).token.create({ data: { token } });
      return { error: await failureOf(create), token };
    },
  },
  {
    name: 'it lets no more clients in (max_client_conn)',
    expected: { errorClass: 'saturated', outcome: 'not-applied', connectionClass: false, rule: '08P01' },
    async make(lab) {
      const bouncer = await bouncerOf(lab, { max_client_conn: '3' });
      let error: unknown;
      let token = '';
      while (error === undefined) {
        token = lab.newToken();
        const create = lab.client({ connectionString: bouncer.url() }).token.create({ data: { token } });
        await create.then(undefined, (failure: unknown) => (error = failure));
      }
      return { error, token };
    },
  },
  {
    name: 'its server goes away under a statement',
    expected: { errorClass: 'unknown', outcome: 'unknown', connectionClass: true, retryMayHelp: true },
    async make(lab) {
      const bouncer = await bouncerOf(lab);
      const token = lab.newToken();
      const client = lab.client({ connectionString: bouncer.url() });
      const failed = failureOf(client.$queryRawUnsafe(`INSERT INTO tokens (token) SELECT $1 FROM pg_sleep(60)`, token));
      await lab.untilBusy();
      await lab.cluster.stop('immediate');
      return { error: await failed, token };
    },
  },
];
