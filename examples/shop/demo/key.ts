import { emitKeypressEvents } from 'node:readline';

/** Calls `pressed` for the key, where someone sits at a terminal; Ctrl-C goes on to end the program. Returns what gives the terminal back. */
export function onKey(name: string, pressed: () => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  emitKeypressEvents(stdin);
  const heard = (_text: string, key: { name?: string; ctrl?: boolean }) => {
    if (key.ctrl && key.name === 'c') process.kill(process.pid, 'SIGINT');
    else if (key.name === name) pressed();
  };
  stdin.setRawMode(true).resume().on('keypress', heard);
  return () => {
    stdin.setRawMode(false).pause().off('keypress', heard);
  };
}
