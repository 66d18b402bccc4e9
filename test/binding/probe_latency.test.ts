/** What the probe's addon writes, the core's addon reads: one real result on its whole way. */
import { ConfigError } from '../../lib/errors';
import { native } from '../../lib/native';
import type { ProbeResult } from '../../lib/native-probe';
import { PostgresCluster } from '../support';
import { lookAt } from './support/probe_watch';

const { ConnectionState, OperationKind, OperationShape, VerifyVerdict } = native.enums;
const kSuspectedAt = 10_000;

let cluster: PostgresCluster;
let result: ProbeResult;

beforeAll(async () => {
  cluster = await PostgresCluster.start();
  result = await lookAt(cluster.url());
});
afterAll(() => cluster.dispose());

/** The state of a supervisor that began to suspect its database at kSuspectedAt and hears of `result` at `heardAt`. */
function stateAfter(heardAt: number): number {
  const block = new Float64Array(native.controlBlockLength);
  const supervisor = new native.NativeSupervisor(
    {},
    {
      canReplace: true,
      hasProbe: true,
      hasClient: true,
      guarded: false,
      serving: undefined,
      seed: 1,
      now: 0,
      block,
      ConfigError,
    },
  );
  supervisor.wantConnection(0);
  const asked = supervisor.takeEffects().find(({ type }) => type === native.enums.EffectType.verify)!;
  supervisor.onVerified(1, asked.id, VerifyVerdict.ok);
  const failed = {
    ticket: 0,
    kind: OperationKind.read,
    shape: OperationShape.single,
    hasUserCode: false,
    firstStarted: kSuspectedAt - 1,
    tryStarted: kSuspectedAt - 1,
    tries: 1,
    epoch: block[native.slots.epoch],
  };
  const facts = { code: 'ECONNRESET', syscall: 'read', message: 'read ECONNRESET' };
  supervisor.onFailed(kSuspectedAt, failed, facts);
  expect(block[native.slots.state]).toBe(ConnectionState.suspect);
  supervisor.onProbeResult(heardAt, result);
  return block[native.slots.state];
}

test('an answer counts from when it was asked for: latencyMs reaches the core', () => {
  expect(result.latencyMs).toBeGreaterThan(0);
  // Asked for before there was a suspicion, it says nothing about it.
  expect(stateAfter(kSuspectedAt + result.latencyMs / 2)).toBe(ConnectionState.suspect);
  expect(stateAfter(kSuspectedAt + result.latencyMs * 2)).toBe(ConnectionState.up);
});
