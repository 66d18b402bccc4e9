/** Where in the user's code something was called. Read only where it is told of: V8 makes the text then. */
export interface Caller {
  readonly stack?: string;
}

/** The caller of `callee`, which is on the stack. */
export function callerOf(callee: (...args: never[]) => unknown): Caller {
  const caller: { stack?: string } = {};
  // Without it, as on engines other than V8, nothing is known.
  Error.captureStackTrace?.(caller, callee);
  return caller;
}

const kFrame = /^\s*at (?!.*\(?node:)(?:async )?(.*)$/;

/** 'createOrder (/app/orders.ts:42:18)', of the first frame that is not Node's own. */
export function placeOf({ stack = '' }: Caller): string {
  for (const line of stack.split('\n')) {
    const place = kFrame.exec(line)?.[1];
    if (place !== undefined) return place;
  }
  return 'an unknown place';
}
