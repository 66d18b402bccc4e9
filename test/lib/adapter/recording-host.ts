import { passiveHost } from '../../support/passive-host';
import type { GuardFailure, GuardHost, GuardWork, InDoubtVerdict } from '../../../lib/adapter/guard-host';

type Answer = boolean | Promise<boolean>;

/** A host that answers by rule and keeps what it was told. */
export class RecordingHost implements GuardHost {
  epoch = 5;
  writes: GuardHost['writes'] = { onUnknownOutcome: 'throw' };
  readonly failures: (GuardFailure & { error: unknown; tries: number })[] = [];
  readonly settlements: { kind: string; ok: boolean; tries: number }[] = [];
  readonly warnings: string[] = [];
  readonly marks = passiveHost.marks;
  gate: (() => Promise<void> | undefined) | undefined;

  /** Default: whatever is proven not to be applied may run again. */
  constructor(public answer: (failure: GuardFailure) => Answer = (failure) => failure.outcome === 'not-applied') {}

  waitUntilOpen(_work: GuardWork): Promise<void> | undefined {
    return this.gate?.();
  }

  failed(error: unknown, failure: GuardFailure): Promise<boolean> | false {
    this.failures.push({ ...failure, error, tries: failure.work.tries });
    const answer = this.answer(failure);
    return answer === false ? false : Promise.resolve(answer);
  }

  mayAskOutcome(error: unknown, commit: GuardFailure): Promise<boolean> | false {
    return this.failed(error, commit);
  }

  settled(work: GuardWork, ok: boolean): void {
    this.settlements.push({ kind: work.kind, ok, tries: work.tries });
  }

  beginsLate(): boolean {
    return false;
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  statementKind(sql: string): 'read' | 'write' | 'control' {
    if (/^select/i.test(sql)) return 'read';
    return /;|^(commit|begin)/i.test(sql) ? 'control' : 'write';
  }

  holdsSession(sql: string): boolean {
    return /^set /i.test(sql);
  }

  decideInDoubt(): InDoubtVerdict {
    throw new Error('nothing is in doubt here');
  }
}
