/** What the core says of an error, by name: facts taken as the package takes them, judged by the addon. */
import { extractErrorFacts } from '../../../lib/client/error-facts';
import { type NativeAddon, native } from '../../../lib/native';

/** Circumstances that an error cannot tell, as the host would add them. */
export interface Circumstances {
  readonly probe?: 'up' | 'down';
  readonly phase?: 'acquire' | 'begin' | 'statement' | 'commit' | 'rollback';
  readonly inTransaction?: boolean;
  readonly mayCommitInside?: boolean;
  readonly driver?: string;
}

export interface Judgement {
  readonly errorClass: string;
  readonly outcome: string;
  readonly sent: boolean;
  readonly poisonsClient: boolean;
  readonly retryMayHelp: boolean;
  readonly connectionClass: boolean;
  readonly conflict: boolean;
  readonly callbackNotCalled: boolean;
  readonly wrongServerSuspected: boolean;
  readonly source: string;
  readonly rule: string;
}

interface Classifier {
  classifyError(facts: object): Omit<Judgement, 'errorClass' | 'outcome'> & { errorClass: number; outcome: number };
}

export function judge(error: unknown, circumstances: Circumstances = {}): Judgement {
  const { classifyError, enums } = native as NativeAddon & Classifier;
  const judged = classifyError({ ...extractErrorFacts(error), ...circumstances });
  return {
    ...judged,
    errorClass: String(enums.errorClassNames[judged.errorClass]),
    outcome: String(enums.outcomeNames[judged.outcome]),
  };
}
