import { ClientRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { editHeaders, readHeader } from './request-header.ts';

const edits = [
  ['x-fairway-lane', 'gray'],
  ['baggage', null],
] as const;

/** Requests that never connect: their connection is not given. */
const made: ClientRequest[] = [];
function request(headers: Record<string, string> | string[]): ClientRequest {
  const req = new ClientRequest({ host: 'order', headers, createConnection: () => undefined as never } as object);
  made.push(req);
  return req;
}
afterEach(() => {
  for (const req of made.splice(0)) req.destroy();
});

const queuedText = (req: ClientRequest) =>
  (req as unknown as { outputData: { data: string }[] }).outputData.map(({ data }) => data).join('');

describe.each([
  ['as an object', { baggage: 'a=b', 'X-Fairway-Lane': 'stale', accept: '*/*' }],
  ['as an array', ['baggage', 'a=b', 'X-Fairway-Lane', 'stale', 'accept', '*/*', 'content-length', '2']],
  [
    'with expect',
    { baggage: 'a=b', 'X-Fairway-Lane': 'stale', accept: '*/*', expect: '100-continue', 'content-length': '2' },
  ],
])('headers given %s', (_, headers) => {
  it('are read, changed and sent', () => {
    const req = request(headers);
    expect(['baggage', 'x-fairway-lane', 'accept', 'none'].map((name) => readHeader(req, name))).toEqual([
      'a=b',
      'stale',
      '*/*',
      undefined,
    ]);
    editHeaders(req, edits);
    expect(['baggage', 'x-fairway-lane', 'accept'].map((name) => readHeader(req, name))).toEqual([
      undefined,
      'gray',
      '*/*',
    ]);
    req.end('hi');
    const sent = queuedText(req);
    expect(sent.match(/x-fairway-lane: \w+/gi)).toEqual(['x-fairway-lane: gray']);
    expect(sent).not.toContain('baggage');
    expect(sent).toMatch(/\r\n\r\nhi$/);
  });

  it('are changed after the application has written its body', () => {
    const req = request(headers);
    req.end('hi');
    editHeaders(req, edits);
    expect(queuedText(req)).toMatch(
      /^GET \/ HTTP\/1.1\r\n(?:[^\r\n]+\r\n)*x-fairway-lane: gray\r\n(?:[^\r\n]+\r\n)*\r\nhi$/,
    );
    expect(queuedText(req)).not.toMatch(/stale|baggage/);
  });
});
