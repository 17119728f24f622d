import { describe, expect, it } from 'vitest';
import { formOf, newLane, withForm } from './lane-draft.ts';

const form = {
  name: 'gray',
  services: 'web, shop-gate',
  percent: 10,
  stickyHeader: 'x-user',
  matchHeader: '',
  matchValue: '',
  fallback: '',
  strict: false,
} as const;

describe('the form of a lane', () => {
  it('is a rule of who enters', () => {
    const lane = withForm(newLane('shop'), form);
    expect(lane.metadata).toEqual({ name: 'gray', namespace: 'shop' });
    expect(lane.spec).toEqual({
      entry: [{ services: ['web', 'shop-gate'], percent: 10, stickyBy: { header: 'x-user' } }],
    });
  });

  it('shows what it wrote', () => {
    const all = { ...form, matchHeader: 'x-tier', matchValue: 'gold', fallback: 'blue, base', strict: true };
    expect(formOf(withForm(newLane('shop'), all))).toEqual(all);
  });

  it('keeps what it does not show', () => {
    const lane = withForm(newLane('shop'), form);
    const second = { services: ['web'], match: { path: '/a', exact: '/a' } } as never;
    const rich = {
      ...lane,
      spec: {
        ...lane.spec,
        enabled: false,
        entry: [{ ...lane.spec.entry?.[0], services: ['web'], id: 'salt' }, second],
      },
    };
    const after = withForm(rich, { ...form, percent: 20 });
    expect(after.spec.enabled).toBe(false);
    expect(after.spec.entry?.[0]).toMatchObject({ id: 'salt', percent: 20 });
    expect(after.spec.entry?.[1]).toEqual(second);
  });

  it('gives way to the text where a rule says more', () => {
    const lane = newLane('shop');
    const spec = { entry: [{ services: ['web'], match: { all: [] } as never }] };
    expect(formOf({ ...lane, spec })).toBeNull();
  });
});
