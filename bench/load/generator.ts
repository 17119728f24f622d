// The load, in a process of its own: an order comes as a message, its outcome goes back as one.
import { sendCount } from './count.ts';
import type { CountOrder, RateOrder } from './order.ts';
import { sendAtRate } from './rate.ts';

process.on('message', async (order: RateOrder | CountOrder) => {
  process.send?.(await ('perSecond' in order ? sendAtRate(order) : sendCount(order)));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
