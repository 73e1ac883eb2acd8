import { expect, test } from 'vitest';
import { createBalance } from '../../src/swarm/balance.ts';

test('what several workers sent and received adds up to what is missing, by when it was sent', () => {
  const [sender, receiver] = [createBalance(), createBalance()];
  for (let ms = 0; ms < 1000; ms++) sender.sent(50_000 + ms);
  for (let ms = 0; ms < 1000; ms++) if (ms !== 450 && ms !== 950) receiver.arrived(50_000 + ms);

  expect(sender.total + receiver.total).toBe(2);
  const [from, until] = [50_400, 50_500];
  expect(sender.take(from, until) + receiver.take(from, until)).toBe(1);
  expect(sender.take(from, until) + receiver.take(from, until)).toBe(0);
  expect(sender.total + receiver.total).toBe(1);
});

test('a receiver may hear of a time before its first one, and of hours', () => {
  const balance = createBalance();
  balance.sent(100_000);
  balance.arrived(99_000);
  for (let hour = 0; hour < 10; hour++) balance.sent(100_000 + hour * 3_600_000);

  expect(balance.take(98_000, 99_500)).toBe(-1);
  expect(balance.take(0, Number.MAX_SAFE_INTEGER)).toBe(11);
  expect(balance.total).toBe(0);
});
