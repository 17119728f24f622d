// MongoDB's server comes from no registry that a clone may count on, and what is measured is the client: this answers its messages.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { BSON } from 'mongodb';

const OP_MSG = 2013;
const OP_QUERY = 2004;
const OP_REPLY = 1;
const HEADER_BYTES = 16;

type Command = Readonly<Record<string, unknown>>;

/** Listens as a standalone server of MongoDB whose every collection holds two documents, and accepts what is inserted. */
export async function startMongoResponder() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    readMessages(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop(): Promise<void> {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function readMessages(socket: Socket): void {
  let read = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    read = Buffer.concat([read, chunk]);
    while (read.length >= HEADER_BYTES && read.length >= read.readInt32LE(0)) {
      const message = read.subarray(0, read.readInt32LE(0));
      read = read.subarray(message.length);
      answer(socket, message);
    }
  });
}

/** A first `hello` comes as OP_QUERY, all else as OP_MSG with one section that holds the command. */
function answer(socket: Socket, message: Buffer): void {
  const id = message.readInt32LE(4);
  if (message.readInt32LE(12) === OP_QUERY) {
    const prefix = Buffer.alloc(20);
    prefix.writeInt32LE(1, 16);
    socket.write(framed(OP_REPLY, id, [prefix, BSON.serialize(HELLO)]));
    return;
  }
  const start = HEADER_BYTES + 5;
  const length = message.readInt32LE(start);
  const command = BSON.deserialize(message.subarray(start, start + length)) as Command;
  socket.write(framed(OP_MSG, id, [Buffer.alloc(5), BSON.serialize(replyTo(command))]));
}

function framed(operation: number, responseTo: number, parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(HEADER_BYTES);
  for (const [i, value] of [HEADER_BYTES + body.length, 0, responseTo, operation].entries())
    header.writeInt32LE(value, i * 4);
  return Buffer.concat([header, body]);
}

const HELLO = {
  helloOk: true,
  isWritablePrimary: true,
  ismaster: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  minWireVersion: 0,
  maxWireVersion: 25,
  ok: 1,
};

/** A cursor is open after the first document when batches of one are asked for. */
function replyTo(command: Command): object {
  const cursor = (batch: 'firstBatch' | 'nextBatch', documents: object[], isOpen: boolean) => ({
    cursor: { id: BSON.Long.fromNumber(isOpen ? 1 : 0), ns: 'shop.things', [batch]: documents },
    ok: 1,
  });
  if ('hello' in command || 'ismaster' in command) return HELLO;
  if ('find' in command) return cursor('firstBatch', [{ one: 1 }], command['batchSize'] === 1);
  if ('getMore' in command) return cursor('nextBatch', [{ one: 2 }], false);
  return { n: 1, ok: 1 };
}
