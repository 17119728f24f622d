import type { Instance } from '@fairway/model';
import { describe, expect, it } from 'vitest';
import { Directory } from './directory.ts';

const LEASE = {
  graceMs: 10_000,
  restoredGraceMs: 30_000,
  restoredTrustMs: 5_000,
  returnMs: 60_000,
  preserveShare: 0.5,
  preserveMembers: 5,
};

function instance(id: string, over: Partial<Instance> = {}): Instance {
  return { id, service: 'shop/order', host: `10.0.0.${id.slice(1)}`, ports: [8080], state: 'ready', ...over };
}

/** A directory with instances i1 … iN, each with its open stream of the same number. */
function fleetOf(count: number): Directory {
  const directory = new Directory(LEASE);
  for (let number = 1; number <= count; number++) {
    directory.register(instance(`i${number}`), 0);
    directory.open(`i${number}`, number, 0);
  }
  return directory;
}

function remembered(id: string, readySinceMs: number | null = null) {
  return { instance: instance(id), readySinceMs };
}

function ids(directory: Directory): string[] {
  return [...directory.instances.all()].map(({ id }) => id).sort();
}

function suspects(directory: Directory): string[] {
  return [...directory.instances.all()].filter(({ suspect }) => suspect).map(({ id }) => id);
}

describe('how long an instance has been ready', () => {
  it('is counted from its first ready, whatever it says again', () => {
    const directory = new Directory(LEASE);
    directory.register(instance('i1', { state: 'starting' }), 0);
    expect(directory.readyForMs('i1', 500)).toBeUndefined();
    directory.setState('i1', 'ready', 1_000);
    directory.register(instance('i1'), 2_000);
    directory.register(instance('i1', { lane: 'gray' }), 3_000);
    directory.setState('i1', 'draining', 4_000);
    expect(directory.readyForMs('i1', 4_500)).toBeUndefined();
    directory.setState('i1', 'ready', 5_000);
    expect(directory.readyForMs('i1', 6_000.7)).toBe(5_000);
    expect(directory.readyForMs('i1', 999)).toBe(0);
  });

  it('is told below an hour, and begins anew with a process that starts again', () => {
    const directory = fleetOf(1);
    expect(directory.readyForMs('i1', 3_599_999)).toBe(3_599_999);
    expect(directory.readyForMs('i1', 3_600_000)).toBeUndefined();
    directory.register(instance('i1', { state: 'starting' }), 4_000_000);
    directory.register(instance('i1'), 4_000_100);
    expect(directory.readyForMs('i1', 4_000_400)).toBe(300);
    expect(directory.readyForMs('nobody', 0)).toBeUndefined();
  });

  it('goes on over a restart of the control plane; where nothing is remembered, it is long', () => {
    const directory = new Directory(LEASE);
    directory.restore([remembered('i1', 200), remembered('i2')], 1_000);
    for (const id of ['i1', 'i2']) directory.register(instance(id), 1_100);
    expect(directory.readyForMs('i1', 1_200)).toBe(1_000);
    expect(directory.readyForMs('i2', 1_200)).toBeUndefined();
  });
});

describe('a registration', () => {
  it('that says what is known is no change; one that says something else is', () => {
    const directory = fleetOf(2);
    expect(directory.register(instance('i1'), 1_000)).toEqual([]);
    directory.close('i1', 1, 2_000);
    expect(directory.register(instance('i1'), 3_000)).toEqual([]);
    expect(suspects(directory)).toEqual(['i1']);
    expect(directory.register(instance('i1', { lane: 'gray' }), 4_000)).toEqual([
      { type: 'instance', what: 'registered', id: 'i1', service: 'shop/order' },
    ]);
    expect(directory.open('i1', 3, 5_000)).toMatchObject([{ what: 'back' }]);
    expect(directory.instances.get('i1')).toEqual(instance('i1', { lane: 'gray' }));
  });
});

describe('a lease', () => {
  it('is held by the stream: suspect at its end, gone after the grace period, not before', () => {
    const directory = fleetOf(2);
    expect(directory.close('i1', 1, 1_000)).toEqual([
      { type: 'instance', what: 'suspect', id: 'i1', service: 'shop/order' },
    ]);
    expect(directory.instances.get('i1')?.suspect).toBe(true);
    expect(directory.tick(10_999)).toEqual([]);
    expect(directory.tick(11_000)).toEqual([{ type: 'instance', what: 'gone', id: 'i1', service: 'shop/order' }]);
    expect(ids(directory)).toEqual(['i2']);
  });

  it('is taken up again by a new stream within the grace period', () => {
    const directory = fleetOf(2);
    directory.close('i1', 1, 1_000);
    expect(directory.open('i1', 9, 5_000)).toMatchObject([{ what: 'back', id: 'i1' }]);
    expect(directory.instances.get('i1')).not.toHaveProperty('suspect');
    expect(directory.tick(60_000)).toEqual([]);
  });

  it('passes to a second stream of the same instance; the end of the first means nothing then', () => {
    const directory = fleetOf(1);
    directory.open('i1', 2, 1_000);
    expect(directory.close('i1', 1, 1_001)).toEqual([]);
    expect(directory.close('i1', 2, 1_002)).toMatchObject([{ what: 'suspect' }]);
  });

  it('must begin within the grace period of the registration', () => {
    const directory = new Directory(LEASE);
    directory.register(instance('i1'), 0);
    expect(directory.instances.get('i1')).not.toHaveProperty('suspect');
    expect(directory.tick(9_999)).toEqual([]);
    expect(directory.tick(10_000)).toMatchObject([{ what: 'gone' }]);
  });

  it('keeps an instance suspect when it registers again before its stream is back', () => {
    const directory = fleetOf(2);
    directory.close('i1', 1, 0);
    directory.register(instance('i1', { lane: 'gray' }), 1);
    expect(directory.instances.get('i1')).toMatchObject({ lane: 'gray', suspect: true });
  });
});

describe('what an instance says', () => {
  it('changes its state, and says nothing new twice', () => {
    const directory = fleetOf(1);
    expect(directory.setState('i1', 'draining', 0)).toMatchObject([{ what: 'state' }]);
    expect(directory.setState('i1', 'draining', 0)).toEqual([]);
    expect(directory.setState('nobody', 'ready', 0)).toEqual([]);
  });

  it('takes it out at once when it is gone', () => {
    const directory = fleetOf(1);
    expect(directory.setState('i1', 'gone', 0)).toMatchObject([{ what: 'gone', id: 'i1' }]);
    expect(ids(directory)).toEqual([]);
    expect(directory.close('i1', 1, 1)).toEqual([]);
  });

  it('may move it to another service: those who follow the old one hear of it too', () => {
    const directory = fleetOf(1);
    const changes = directory.register(instance('i1', { service: 'shop/stock' }), 0);
    expect(changes.map(({ what, service }) => [what, service])).toEqual([
      ['gone', 'shop/order'],
      ['registered', 'shop/stock'],
    ]);
    expect(directory.instances.of('shop/order')).toEqual([]);
  });
});

describe('a restarted process under a new id', () => {
  it('replaces the lost one that held its address, at once', () => {
    const directory = fleetOf(2);
    directory.close('i1', 1, 0);
    const changes = directory.register(instance('i9', { host: '10.0.0.1' }), 1);
    expect(changes.map(({ what, id }) => `${what} ${id}`)).toEqual(['gone i1', 'registered i9']);
  });

  it('lets the old one go at the end of its stream when it came before that', () => {
    const directory = fleetOf(2);
    directory.register(instance('i9', { host: '10.0.0.1' }), 0);
    directory.open('i9', 9, 0);
    expect(ids(directory)).toEqual(['i1', 'i2', 'i9']);
    expect(directory.close('i1', 1, 1)).toMatchObject([{ what: 'gone', id: 'i1' }]);
  });

  it('does not replace an instance of another namespace', () => {
    const directory = fleetOf(2);
    directory.close('i1', 1, 0);
    directory.register(instance('i9', { host: '10.0.0.1', service: 'bank/order' }), 1);
    expect(ids(directory)).toContain('i1');
  });
});

describe('self-preservation', () => {
  function afterMassLoss(): Directory {
    const directory = fleetOf(6);
    for (let number = 1; number <= 4; number++) directory.close(`i${number}`, number, 1_000);
    return directory;
  }

  it('begins with the loss of more than the share, and removes nobody however long it takes', () => {
    const directory = afterMassLoss();
    expect(directory.preservation()).toEqual({ sinceMs: 1_000, connected: 2, lost: 4 });
    expect(directory.tick(3_600_000)).toEqual([]);
    expect(suspects(directory)).toEqual(['i1', 'i2', 'i3', 'i4']);
  });

  it('does not begin with exactly the share, nor in a small fleet', () => {
    const even = fleetOf(6);
    for (const number of [1, 2, 3]) even.close(`i${number}`, number, 0);
    expect(even.preservation().sinceMs).toBeNull();
    const small = fleetOf(4);
    for (const number of [1, 2, 3, 4]) small.close(`i${number}`, number, 0);
    expect(small.preservation().sinceMs).toBeNull();
    expect(small.tick(10_000)).toHaveLength(4);
  });

  it('does not begin with losses that are further apart than the grace period', () => {
    const directory = fleetOf(8);
    for (let number = 1; number <= 7; number++) {
      directory.close(`i${number}`, number, number * 11_000);
      directory.tick(number * 11_000 + 10_000);
    }
    expect(ids(directory)).toEqual(['i8']);
  });

  it('keeps those still missing as long as others return, within a bound', () => {
    const directory = fleetOf(40);
    for (let n = 1; n <= 40; n++) directory.close(`i${n}`, n, 0);
    for (let n = 1; n <= 20; n++) directory.open(`i${n}`, 100 + n, 30_000);
    expect(directory.preservation()).toMatchObject({ sinceMs: null, lost: 20 });
    for (let n = 21; n <= 26; n++) {
      const nowMs = 30_000 + (n - 20) * 9_000;
      directory.open(`i${n}`, 100 + n, nowMs);
      expect(directory.tick(nowMs + 5_000)).toEqual([]);
    }
    expect(ids(directory)).toHaveLength(40);
    directory.open('i27', 127, 89_000);
    expect(directory.tick(89_999)).toEqual([]);
    expect(directory.tick(90_000)).toHaveLength(13);
  });

  it('keeps nobody longer for others once an operator ended it', () => {
    const directory = fleetOf(40);
    for (let n = 1; n <= 40; n++) directory.close(`i${n}`, n, 0);
    directory.release(30_000);
    directory.open('i1', 101, 39_000);
    expect(directory.tick(40_000)).toHaveLength(39);
  });

  it('ends when enough are back; those still missing get one more grace period', () => {
    const directory = afterMassLoss();
    directory.open('i1', 11, 100_000);
    expect(directory.preservation().sinceMs).toBeNull();
    expect(directory.tick(109_999)).toEqual([]);
    expect(directory.tick(110_000).map(({ id }) => id)).toEqual(['i2', 'i3', 'i4']);
  });

  it('ends when an operator says so, and does not begin again by the same loss', () => {
    const directory = afterMassLoss();
    directory.release(100_000);
    directory.tick(105_000);
    expect(directory.preservation().sinceMs).toBeNull();
    expect(directory.tick(110_000)).toHaveLength(4);
  });

  it('does not count instances that said that they leave', () => {
    const directory = fleetOf(6);
    for (let number = 1; number <= 4; number++) directory.setState(`i${number}`, 'draining', 0);
    for (let number = 1; number <= 4; number++) directory.close(`i${number}`, number, 0);
    expect(directory.preservation().sinceMs).toBeNull();
    expect(directory.tick(10_000)).toHaveLength(4);
  });

  it('lets an instance leave that says so itself', () => {
    const directory = afterMassLoss();
    expect(directory.setState('i1', 'gone', 2_000)).toMatchObject([{ what: 'gone', id: 'i1' }]);
  });
});

describe('after a restart of the control plane', () => {
  it('instances are taken to be well for a while, then suspect until their streams are back', () => {
    const directory = new Directory(LEASE);
    directory.restore(['i1', 'i2'].map(remembered), 0);
    expect(suspects(directory)).toEqual([]);
    expect(directory.open('i1', 1, 1_000)).toEqual([]);
    expect(directory.tick(5_999)).toEqual([]);
    expect(directory.tick(6_000)).toMatchObject([{ what: 'suspect', id: 'i2' }]);
    expect(suspects(directory)).toEqual(['i2']);
    expect(directory.tick(29_999)).toEqual([]);
    expect(directory.tick(30_000)).toMatchObject([{ what: 'gone', id: 'i2' }]);
    expect(ids(directory)).toEqual(['i1']);
  });

  it('they are trusted for as long as others return, but not for ever', () => {
    const directory = new Directory(LEASE);
    directory.restore(
      Array.from({ length: 20 }, (_, index) => remembered(`i${index + 1}`)),
      0,
    );
    for (let number = 1; number <= 14; number++) {
      expect(directory.tick(number * 4_000)).toEqual([]);
      directory.open(`i${number}`, number, number * 4_000);
    }
    expect(directory.tick(59_999)).toEqual([]);
    expect(directory.tick(60_000).map(({ what, id }) => `${what} ${id}`)).toEqual(
      ['i15', 'i16', 'i17', 'i18', 'i19', 'i20'].map((id) => `suspect ${id}`),
    );
  });

  it('a whole fleet that is not back yet is preserved', () => {
    const directory = new Directory(LEASE);
    directory.restore(
      Array.from({ length: 8 }, (_, index) => remembered(`i${index + 1}`)),
      0,
    );
    expect(directory.tick(3_600_000).map(({ what }) => what)).toEqual(Array(8).fill('suspect'));
    expect(ids(directory)).toHaveLength(8);
    expect(directory.preservation()).toEqual({ sinceMs: 0, connected: 0, lost: 8 });
  });
});
