-- For wrk: sends one body to widgets in turn, each with its own secret. Arguments: a file with a widget's id and secret
-- on each line, and a file with the body. Ends with one line of figures for the driver; times are microseconds.
local prepared = {}
local turn = 0

function init(args)
  local file = assert(io.open(args[2], "r"))
  local body = file:read("*a")
  file:close()
  for line in io.lines(args[1]) do
    local id, secret = line:match("^(%S+) (%S+)$")
    prepared[#prepared + 1] = wrk.format("POST", "/api/v1/widgets/" .. id .. "/create-session",
      { ["Content-Type"] = "application/json", ["X-Client-Secret"] = secret }, body)
  end
end

function request()
  turn = turn % #prepared + 1
  return prepared[turn]
end

function done(summary, latency, requests)
  local errors = summary.errors
  print(string.format(
    'figures {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"max":%d,"refused":%d,"broken":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
