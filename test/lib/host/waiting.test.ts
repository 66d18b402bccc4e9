import { Waiting } from '../../../lib/host/waiting';

test('each waiter hears of the next event, and of that alone', async () => {
  const waiting = new Waiting();
  waiting.settle();
  const first = [waiting.promise(), waiting.promise()];
  waiting.settle();
  await Promise.all(first);
  const second = waiting.promise();
  const third = second.then(() => waiting.promise());
  waiting.settle();
  await second;
  waiting.settle(new Error('no'));
  await expect(third).rejects.toThrow('no');
});
