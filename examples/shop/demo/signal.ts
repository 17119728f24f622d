/**
 * Runs `work` and returns its exit status. SIGINT and SIGTERM abort the signal given to it, which ends its processes in
 * its own order; the status is then 130. An error is told on stderr; the status is then 1.
 */
export async function runUntilSignal(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error('stopped'));
  process.on('SIGINT', abort).on('SIGTERM', abort);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return 130;
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}
