import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createEventParser, type ServerEvent } from './event-parser.ts';

const TEXT =
  ': ping\n\nevent: update\nid: e.1\ndata: {"a":"grüße"}\n\ndata: one\r\ndata:two\r\n\r\nid: only\n\nevent: x\ndata\n\n';
const EVENTS = [
  { event: 'update', id: 'e.1', data: '{"a":"grüße"}' },
  { event: 'message', id: '', data: 'one\ntwo' },
  { event: 'x', id: '', data: '' },
];

it('reads the same events however the bytes are cut', () => {
  const bytes = Buffer.from(TEXT);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
      const events: ServerEvent[] = [];
      const parser = createEventParser(1000, (event) => events.push(event));
      const ends = [...cuts.sort((a, b) => a - b), bytes.length];
      ends.reduce((start, end) => {
        expect(parser.push(bytes.subarray(start, end))).toBe(true);
        return end;
      }, 0);
      expect(events).toEqual(EVENTS);
    }),
  );
});

it.each(['data: 0123456789\n\n', 'data: 01234\ndata: 01234\n\n', '01234567890123'])(
  'refuses what is too large: %j',
  (text) => {
    const parser = createEventParser(12, () => {
      throw new Error('no event was expected');
    });
    expect([...text].map((char) => parser.push(Buffer.from(char))).includes(false)).toBe(true);
  },
);
