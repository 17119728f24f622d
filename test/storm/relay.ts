import type { Socket } from 'node:net';

/** Sockets that end with each other, in pairs. */
export class Relay {
  readonly #sockets = new Set<Socket>();

  /** From now on each of two ends when the other does. What they send is not handed on by this. */
  join(near: Socket, far: Socket): void {
    this.#follow(near, far);
    this.#follow(far, near);
  }

  /** Ends all. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #follow(one: Socket, other: Socket): void {
    this.#sockets.add(one);
    one.on('error', () => other.destroy());
    one.on('close', () => {
      this.#sockets.delete(one);
      other.destroy();
    });
  }
}
