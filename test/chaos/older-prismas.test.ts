/**
 * Verification is the guard's; without it, and with a Rust engine, which hides what the guard has found out, outcomes are
 * stated as unknown or retried.
 */
import { keepsEveryPromise } from './short-form';

keepsEveryPromise([
  [6, 'throw', 'guarded'],
  [6, 'verify', 'guarded'],
  ['6-rust', 'throw', 'guarded'],
  ['6.16', 'marker', 'guarded'],
  ['6.16', 'retry', 'guarded'],
  [6, 'throw', 'bare'],
  [6, 'retry', 'bare'],
  [5, 'throw', 'bare'],
  [5, 'retry', 'bare'],
]);
