import type {
  GuardFailure,
  UnansweredCommit,
  GuardHost,
  GuardWork,
  InDoubtVerdict,
  Learned,
  MarkAnswer,
  MarkVerdict,
  Observed,
} from '../../../lib/adapter/guard-host';
import { extractErrorFacts } from '../../../lib/client/error-facts';
import { markRules } from '../../../lib/host/mark-rules';
import { native } from '../../../lib/native';

type Writes = GuardHost['writes'];

const kPauseMs = 10;

function limitsWith(sweepPauseMs: () => number): GuardHost['marks']['limits'] {
  return Object.defineProperty({ ...markRules.limits }, 'sweepPauseMs', { get: sweepPauseMs });
}

/**
 * A host that judges failures by the core and then simply waits: no gate, no probe, no budget. It stands where
 * lib/host stands in the product, so that these tests are about the guard.
 */
export class PatientHost implements GuardHost {
  readonly epoch = 0;
  readonly failures: (Pick<UnansweredCommit, 'phase' | 'outcome' | 'asked'> & {
    next: 'run-again' | 'ask-outcome';
    kind: string;
    error: unknown;
  })[] = [];
  /** Every answer about a mark, with the verdict on it. */
  readonly answers: { answer: MarkAnswer; verdict: MarkVerdict }[] = [];
  /** Rows are swept after this: not while a test looks at the wire, unless it says so. */
  sweepPauseMs = 3_600_000;
  readonly marks: GuardHost['marks'] = {
    ...markRules,
    limits: limitsWith(() => this.sweepPauseMs),
    decide: (writtenAgo, heldFor, answer) => {
      const verdict = markRules.decide(writtenAgo, heldFor, answer);
      this.answers.push({ answer, verdict });
      return verdict;
    },
  };
  readonly warnings: string[] = [];
  settlements = 0;
  /** Every verdict, with what it was made of. */
  readonly verdicts: { learned: Learned; observed: Observed; verdict: InDoubtVerdict }[] = [];
  /** While set, nobody is told to go on. */
  hold: Promise<void> | undefined;

  constructor(
    readonly writes: Writes = { onUnknownOutcome: 'throw' },
    private readonly patienceMs = 20_000,
  ) {}

  waitUntilOpen(): undefined {
    return undefined;
  }

  failed(error: unknown, failure: GuardFailure): Promise<boolean> | false {
    const { inTransaction, outcome, phase, work } = failure;
    this.failures.push({ phase, outcome, next: 'run-again', asked: 0, kind: work.kind, error });
    if (performance.now() - work.startedAt > this.patienceMs) return false;
    const facts = { ...extractErrorFacts(error), phase, inTransaction, provenOutcome: outcome };
    const { traits } = native.classifyError(facts);
    return traits.retryMayHelp && traits.outcome === 'not-applied' && this.pause();
  }

  mayAskOutcome(error: unknown, { asked, outcome, phase, work }: UnansweredCommit): Promise<boolean> | false {
    this.failures.push({ phase, outcome, next: 'ask-outcome', asked, kind: work.kind, error });
    return performance.now() - work.startedAt <= this.patienceMs && this.pause();
  }

  settled(_work: GuardWork, _ok: boolean): void {
    this.settlements += 1;
  }

  beginsLate(): boolean {
    return false;
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  statementKind(sql: string, provider: string): 'read' | 'write' | 'control' {
    if (native.sqlMayEndTransaction(sql, provider)) return 'control';
    return native.sqlKind(sql, provider) === 'read' ? 'read' : 'write';
  }

  holdsSession(sql: string, provider: string): boolean {
    return native.sqlHoldsSession(sql, provider);
  }

  decideInDoubt(learned: Learned, observed: Observed): InDoubtVerdict {
    const verdict = native.decideInDoubt(learned, observed);
    this.verdicts.push({ learned, observed, verdict });
    return verdict;
  }

  private async pause(): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, kPauseMs));
    await this.hold;
    return true;
  }
}
