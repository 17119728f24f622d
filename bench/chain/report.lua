-- wrk calls this at the end of a burst: one line of JSON for load.ts.
function done(summary)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"durationMicros":%d,"failed":%d}\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
