import { useEffect, useRef, useState } from 'react';
import type { Place, Shape } from './layout.ts';

type Places = ReadonlyMap<string, Place>;

/** Lays out one shape after the other; of those that come meanwhile, the last. */
class Layouter {
  readonly #worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' });
  #isBusy = false;
  #next: Shape | undefined;

  constructor(done: (places: Places) => void) {
    this.#worker.onmessage = ({ data }: MessageEvent<Places>) => {
      this.#isBusy = false;
      done(data);
      if (this.#next) this.ask(this.#next);
    };
  }

  ask(shape: Shape): void {
    this.#next = this.#isBusy ? shape : undefined;
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#worker.postMessage(shape);
  }

  end(): void {
    this.#worker.terminate();
  }
}

/** Where boxes are; those of a new shape once they are laid out. undefined: none is yet. */
export function usePlaces(shape: Shape): Places | undefined {
  const [places, setPlaces] = useState<Places>();
  const layouter = useRef<Layouter>(null);
  useEffect(() => {
    layouter.current = new Layouter(setPlaces);
    return () => layouter.current?.end();
  }, []);
  const text = JSON.stringify(shape);
  useEffect(() => layouter.current?.ask(JSON.parse(text)), [text]);
  return places;
}
