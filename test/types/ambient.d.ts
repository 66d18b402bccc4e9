/** Holds where A and B are the very same type: `any`, optional and readonly properties included. */
type Exact<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles where the assertion holds. */
declare function assert<_Assertion extends true>(): void;
