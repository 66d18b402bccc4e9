/** What the core says of an error, by name: facts taken as the package takes them, judged by the addon. */
import { extractErrorFacts } from '../../../lib/client/error-facts';
import { type Classification, type ErrorTraits, native } from '../../../lib/native';

/** Circumstances that an error cannot tell, as the host would add them. */
export interface Circumstances {
  readonly probe?: 'up' | 'down';
  readonly phase?: 'acquire' | 'begin' | 'statement' | 'commit' | 'rollback';
  readonly inTransaction?: boolean;
  readonly mayCommitInside?: boolean;
  readonly driver?: string;
}

type Judged = Omit<Classification, 'traits'> & ErrorTraits;

/** Rows of tables write names as plain texts. */
export type Judgement = { readonly [Name in keyof Judged]: Judged[Name] extends string ? string : Judged[Name] };

export function judge(error: unknown, circumstances: Circumstances = {}): Judgement {
  const { traits, ...judged } = native.classifyError({ ...extractErrorFacts(error), ...circumstances });
  return { ...judged, ...traits };
}
