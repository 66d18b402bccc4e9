/** The reason for which a database is called down. */
import { SafeEmitter } from '../../../lib/events';
import { ConnectionReporter } from '../../../lib/host/connection-reporter';
import { FailureReporter } from '../../../lib/host/failure';
import { Log } from '../../../lib/host/log';
import type { ProbeResult, SupervisorStats } from '../../../lib/native';

const kSilent = { debug() {}, info() {}, warn() {}, error() {} };

function reporter() {
  const log = new Log('error', kSilent);
  const emitter = new SafeEmitter(() => undefined);
  const failures = new FailureReporter({}, emitter, log);
  const stats = { inFlight: 1, parked: 0, errors: 0, retries: 0 } as SupervisorStats;
  const connection = new ConnectionReporter(() => stats, failures, emitter, log, 1000);
  const reasons: string[] = [];
  emitter.on('disconnect', (error) => void reasons.push((error as Error).message));
  return { connection, failures, reasons };
}

test('a trivial query that nobody has answered yet is a reason, where nothing else is known', () => {
  const { connection, failures, reasons } = reporter();
  failures.unansweredForMs = 50;
  connection.disconnected();
  expect(reasons).toEqual(['The database has not answered a trivial query within 50 ms.']);
});

test('what the probe has said of the silence tells more', () => {
  const { connection, failures, reasons } = reporter();
  connection.probed({ code: 'timeout', message: 'no answer to the greeting' } as ProbeResult);
  failures.unansweredForMs = 50;
  connection.disconnected();
  expect(reasons).toEqual(['The database does not answer (probe: timeout, no answer to the greeting).']);
});
