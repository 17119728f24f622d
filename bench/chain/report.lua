-- wrk calls this at the end of a burst: one line of JSON for load.ts.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"durationMicros":%d,"failed":%d,"p50Micros":%d,"p99Micros":%d,"meanMicros":%.1f}\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99), latency.mean))
end
