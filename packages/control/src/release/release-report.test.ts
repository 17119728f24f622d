import { API_VERSION, type Release, type ReleaseStatus, type Rollout } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { COMPARISON_LIMITS, compare } from '../comparison/comparison.ts';
import { Tally } from '../traffic/tally.ts';
import { advance, firstState } from './release-engine.ts';
import { htmlOf, markdownOf, releaseReport } from './release-report.ts';

const tally = (outcomes: object) => {
  const one = new Tally();
  one.add({ outcomes, latency: { sumMs: 0, buckets: [500, 1_000] } });
  return one;
};

function aStatus(): ReleaseStatus {
  const release: Release = {
    apiVersion: API_VERSION,
    kind: 'Release',
    metadata: { name: 'prices-2', namespace: 'shop' },
    spec: { lane: 'gray', services: ['order'], entry: { services: ['web'] }, steps: [{ percent: 10 }, { check: {} }] },
  };
  const order = { canary: tally({ '2xx': 900, '5xx': 100 }), base: tally({ '2xx': 1_000 }) };
  const sides = new Map([['shop/order', order]]);
  const { services } = compare({ sides, calls: new Map(), losses: new Map(), windowMs: 1_000 }, COMPARISON_LIMITS);
  let state = firstState('<b>anna</b>', 'new | prices', 0);
  state = advance(release, state, { type: 'tick', ahead: [] }, 1_000);
  state = advance(release, state, { type: 'applied', missing: [] }, 2_000);
  const observation = {
    requests: 1,
    lately: 1,
    breaches: [],
    metrics: [],
    health: [],
    gate: null,
    isReplaced: null,
    isLaneOff: false,
  };
  state = advance(
    release,
    state,
    { type: 'observed', observation: { verdict: 'worse', services, ...observation } },
    60_000,
  );
  state = advance(release, state, { type: 'applied', missing: [] }, 61_000);
  return { release, author: '<b>anna</b>', state, watch: null };
}

const rollout = {
  service: 'shop/order',
  releases: ['v2'],
  from: '1970-01-01T00:00:10Z',
  requests: 70,
  lost: 2,
  instances: [],
};

describe('the report of a release', () => {
  it('says in Markdown what happened, by which numbers, and what was lost', () => {
    const text = markdownOf(releaseReport(aStatus(), [rollout as unknown as Rollout]));
    expect(text).toMatch(/^# Release prices-2 was rolled back$/m);
    expect(text).toContain('shop/order: errors 10.00 %, in base 0.00 % (different with 100.0 % confidence)');
    expect(text).toContain('| 1970-01-01 00:01:00 | 2 | rollback began | by itself |');
    expect(text).toContain('| shop/order | errorShare | 10.00 % | 0.00 % | 100.0 % | WORSE |');
    expect(text).toContain('2 of 70 requests while instances came and went.');
    // What people wrote is text, and breaks no table.
    expect(text).toContain('\\<b\\>anna\\</b\\> | new \\| prices |');
  });

  it('is a page of its own in HTML: no script, nothing from elsewhere, what people wrote is text', () => {
    const page = htmlOf(releaseReport(aStatus(), []));
    expect(page).toContain('<title>Release prices-2 was rolled back</title>');
    expect(page).not.toMatch(/<script|https?:|url\(|<b>/);
    expect(page).toContain('&#60;b&#62;anna');
    expect(page).toContain('aria-label="Share of the requests that entered the lane over time: 10 % at most"');
    expect(page).toContain('No instance came or went while it went on.');
  });
});
