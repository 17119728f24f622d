import type { Session } from 'node:inspector';

/** Asks the engine for something, as DevTools do. Rejects with what it says. */
export type Post = <T>(method: string, params?: object) => Promise<T>;

/** Opens a session of this thread with its own engine for as long as the work takes. Rejects where Node.js was built without. */
export async function withInspector<T>(work: (post: Post) => Promise<T>): Promise<T> {
  // Loaded when it is needed: it costs a start some milliseconds.
  const inspector = require('node:inspector') as typeof import('node:inspector');
  const session = new inspector.Session();
  session.connect();
  try {
    return await work((method, params) => asked(session, method, params));
  } finally {
    session.disconnect();
  }
}

function asked<T>(session: Session, method: string, params: object = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    session.post(method, params, (error: Error | null, result?: object) => {
      if (error) reject(new Error(error.message));
      else resolve(result as T);
    });
  });
}
