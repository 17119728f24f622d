import type { CpuProfile } from '@fairway/model';
import { type Post, withInspector } from './inspector.ts';

/** A look every 2 ms: half a percent of the processor or so. */
const INTERVAL_US = 2000;

/** Profiles this thread for as long as `meanwhile` takes. */
export async function profiled(meanwhile: () => Promise<unknown>): Promise<CpuProfile> {
  return withInspector(async (post: Post) => {
    await post('Profiler.enable');
    await post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
    await post('Profiler.start');
    await meanwhile();
    const { profile } = await post<{ profile: CpuProfile }>('Profiler.stop');
    return lean(profile);
  });
}

/** The engine gives more than is told. */
function lean({ nodes, startTime, endTime, samples, timeDeltas }: CpuProfile): CpuProfile {
  return {
    nodes: nodes.map(({ id, callFrame, hitCount, children }) => ({
      id,
      callFrame: {
        functionName: callFrame.functionName.slice(0, 1024),
        scriptId: callFrame.scriptId,
        url: callFrame.url.slice(0, 2048),
        lineNumber: callFrame.lineNumber,
        columnNumber: callFrame.columnNumber,
      },
      ...(hitCount === undefined ? {} : { hitCount }),
      ...(children === undefined ? {} : { children }),
    })),
    startTime,
    endTime,
    samples,
    timeDeltas,
  };
}
