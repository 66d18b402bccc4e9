// A circuit breaker and a bulkhead, each alone, around anything that promises.
import { Bulkhead, CircuitBreaker } from 'prisma-resilient-client';

const breaker = new CircuitBreaker({ failureThreshold: 2, resetTimeout: 100, halfOpenSuccessThreshold: 1 });
for (const event of ['open', 'half-open', 'close']) breaker.on(event, () => console.log('circuit:', event));

const failing = () => Promise.reject(new Error('the service is down'));
for (let i = 0; i < 3; ++i) await breaker.execute(failing).catch((error) => console.log(error.name));
await new Promise((resolve) =>
  breaker
    .on('half-open', resolve)
    .execute(failing)
    .catch(() => setTimeout(() => {}, 1000)),
);
console.log(await breaker.execute(() => 'it works again'), breaker.getState());

const bulkhead = new Bulkhead({ maxConcurrent: 2, maxWaiting: 1 });
const slow = (answer) => new Promise((resolve) => setTimeout(resolve, 50, answer));
const outcomes = await Promise.allSettled([1, 2, 3, 4].map((n) => bulkhead.execute(() => slow(n))));
console.log(outcomes.map(({ value, reason }) => value ?? reason.code).join(' '), bulkhead.getMetrics());
process.exit();

// Prints:
// Error
// circuit: open
// Error
// CircuitOpenError
// circuit: half-open
// circuit: close
// it works again CLOSED
// 1 2 3 ERR_RESILIENCE_BULKHEAD_FULL { executing: 0, waiting: 0 }
