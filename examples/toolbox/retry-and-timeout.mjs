// Retries with a backoff, a limit for each try, one deadline across them all, and a caller who may leave.
import { withRetry, withTimeout } from 'prisma-resilient-client';

let calls = 0;
const flaky = () => (++calls < 3 ? Promise.reject(new Error('ECONNRESET by peer')) : Promise.resolve('answered'));

const answer = await withRetry(flaky, {
  maxRetries: 5,
  delay: 20,
  backoff: 'exponential',
  deadlineMs: 5000,
  retryableErrors: ['ECONNRESET', /timed? ?out/i],
  onRetry: (error, { attempt, waitMs }) => console.log(`try ${attempt}: ${error.message}, again in ${waitMs} ms`),
});
console.log(answer, 'after', calls, 'calls');

// The function is told when its time is up, so that it can stop what it does.
await withTimeout(
  ({ signal }) =>
    new Promise(() => {
      const work = setInterval(() => {}, 10);
      signal.addEventListener('abort', () => {
        clearInterval(work);
        console.log('stopped:', signal.reason.name);
      });
    }),
  50,
).catch((error) => console.log(error.code));

const controller = new globalThis.AbortController();
setTimeout(() => controller.abort(new Error('the user went away')), 20);
await withRetry(() => Promise.reject(new Error('ECONNRESET')), {
  delay: 10_000,
  retryableErrors: ['ECONNRESET'],
  signal: controller.signal,
}).catch((error) => console.log(error.message));

// Prints:
// try 1: ECONNRESET by peer, again in 20 ms
// try 2: ECONNRESET by peer, again in 40 ms
// answered after 3 calls
// stopped: TimeoutError
// ERR_RESILIENCE_TIMEOUT
// the user went away
