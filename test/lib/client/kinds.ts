import type { OperationKinds } from '../../../lib/client/operation-info';

/** In place of the core's judgement: what was asked of it, as text. That it is a read has no meaning here. */
export function askedKinds(): OperationKinds & { readonly asked: string[] } {
  const asked: string[] = [];
  const ask = (question: string): 'read' => {
    asked.push(question);
    return 'read';
  };
  return {
    asked,
    operationKind: (action) => ask(action),
    sqlKind: (sql, provider) => ask(`${provider}: ${sql}`),
    sqlMayCommitInside: (sql) => sql.startsWith('CALL'),
    transactionKind: (members) => ask(members ? `transaction of ${members.length}` : 'transaction'),
  };
}
