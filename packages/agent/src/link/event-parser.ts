import { StringDecoder } from 'node:string_decoder';

/** One server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
  /** In ms; absent: the event says none. */
  readonly retry?: number;
}

/** Reads a stream of server-sent events, chunk by chunk. */
export interface EventParser {
  /** false: an event is larger than is accepted; nothing more can be read. */
  push(chunk: Buffer): boolean;
}

/** Creates a parser that tells of each event that has data, and holds at most `maxChars` of an unfinished one. */
export function createEventParser(maxChars: number, onEvent: (event: ServerEvent) => void): EventParser {
  const decoder = new StringDecoder('utf8');
  let partial: string[] = [];
  let size = 0;
  const none = () => ({ event: 'message', id: '', data: [] as string[], retry: {} as { retry?: number } });
  let fields = none();

  function finish(): void {
    const { event, id, data, retry } = fields;
    fields = none();
    size = 0;
    if (data.length > 0) onEvent({ event, id, data: data.join('\n'), ...retry });
  }

  function line(text: string): void {
    if (text === '') {
      finish();
      return;
    }
    const colon = text.indexOf(':');
    const name = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') fields.data.push(value);
    else if (name === 'event') fields.event = value;
    else if (name === 'id') fields.id = value;
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) fields.retry = { retry: Number(value) };
  }

  return {
    push(chunk) {
      const lines = decoder.write(chunk).split('\n');
      const rest = lines.pop() as string;
      for (const end of lines) {
        partial.push(end);
        const text = partial.join('');
        partial = [];
        size += text.length;
        if (size > maxChars) return false;
        line(text.endsWith('\r') ? text.slice(0, -1) : text);
      }
      partial.push(rest);
      return size + partial.reduce((sum, part) => sum + part.length, 0) <= maxChars;
    },
  };
}
