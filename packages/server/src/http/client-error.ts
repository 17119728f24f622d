import type { Socket } from 'node:net';
import { FairwayError } from '@fairway/model';
import { PROBLEM_TYPE, problemDocument } from './problem.ts';

/** Answers what is no HTTP request that can be read, on the bare socket: RFC 9457 where HTTP allows it. */
export function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [line, known] = answerTo(error.code);
  const body = JSON.stringify(problemDocument(known));
  const headers = [
    `HTTP/1.1 ${line}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
}

function answerTo(code: string | undefined): [line: string, error: FairwayError] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        new FairwayError('FAIRWAY_TOO_LARGE', 'the headers are larger than is accepted'),
      ];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', new FairwayError('FAIRWAY_INVALID', 'the request did not arrive in time')];
    default:
      return ['400 Bad Request', new FairwayError('FAIRWAY_INVALID', 'this is not an HTTP request')];
  }
}
