import { keepsEveryPromise } from './short-form';

keepsEveryPromise([
  [7, 'throw', 'guarded'],
  [7, 'verify', 'guarded'],
  [7, 'marker', 'guarded'],
  [7, 'retry', 'guarded'],
  [7, 'throw', 'bare'],
  ['7.8', 'verify', 'guarded'],
]);
