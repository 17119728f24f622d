export { createDiagnosisQueue } from './diagnosis-queue.ts';
export { createDirectory, type Directory } from './directory.ts';
export { createEventParser } from './event-parser.ts';
export { createHopQueue } from './hop-queue.ts';
export { createLedgerQueue, type LedgerQueue } from './ledger-queue.ts';
export { createLink, type Link } from './link.ts';
export { createTrafficQueue } from './traffic-queue.ts';
export { createTransport, type StreamEvents, type Transport } from './transport.ts';
