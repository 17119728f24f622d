import { createHmac } from 'node:crypto';
import { namespaceOf, type ReleaseDeed, type ReleaseEvent } from '@fairway/model';
import type { ReleaseRecord } from '../store/store.ts';
import { type Outbound, signature } from './outbound.ts';
import type { Target } from './target.ts';

/** What people are told of; programs are told of all. */
const FOR_PEOPLE: Readonly<Partial<Record<ReleaseDeed, string>>> = {
  started: 'has begun',
  raised: 'changed its traffic everywhere',
  asked: 'asks somebody',
  held: 'is held: worse than base',
  paused: 'was paused',
  resumed: 'goes on',
  promoting: 'is being promoted: base is to be replaced',
  promoted: 'was promoted',
  rollingBack: 'is being rolled back',
  rolledBack: 'was rolled back',
};

/** What a target is told of an event of a release; null: nothing. Said again it is the same, under the same key. */
export function messageFor(target: Target, record: ReleaseRecord, index: number, nowMs: number): Outbound | null {
  const event = record.state.history[index];
  if (!event) return null;
  if (target.type === 'webhook') return webhookMessage(target, record, event, index, nowMs);
  const said = FOR_PEOPLE[event.what];
  if (said === undefined) return null;
  const title = `Release ${namespaceOf(record.release)}/${record.release.metadata.name} ${said}`;
  const by = event.by === null ? '' : ` (${event.by})`;
  const lines = [`${title}${by}`, ...(event.text ? [event.text] : [])];
  return target.type === 'slack' ? slackMessage(lines) : dingtalkMessage(target, lines, nowMs);
}

function webhookMessage(
  target: Target,
  record: ReleaseRecord,
  event: ReleaseEvent,
  index: number,
  nowMs: number,
): Outbound {
  const { release, author } = record;
  const body = JSON.stringify({
    id: `${record.key}#${index}`,
    release: release.metadata.name,
    namespace: namespaceOf(release),
    lane: release.spec.lane,
    services: release.spec.services,
    author,
    event,
  });
  return { body, headers: { 'idempotency-key': `${record.key}#${index}`, ...signature(target, body, nowMs) } };
}

/** `&`, `<` and `>` are what Slack takes for markup. */
function slackMessage(lines: readonly string[]): Outbound {
  const text = lines
    .join('\n')
    .replace(/[&<>]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[letter] ?? '');
  return { body: JSON.stringify({ text }) };
}

/** A robot of DingTalk; with a secret the URL is signed: HMAC-SHA256 of `time\nsecret`. */
function dingtalkMessage({ secret, url }: Target, lines: readonly string[], nowMs: number): Outbound {
  const body = JSON.stringify({ msgtype: 'text', text: { content: lines.join('\n') } });
  if (secret === undefined) return { body };
  const timestamp = Math.floor(nowMs);
  const sign = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
  const joint = url.includes('?') ? '&' : '?';
  return { body, suffix: `${joint}timestamp=${timestamp}&sign=${encodeURIComponent(sign)}` };
}
