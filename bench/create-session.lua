-- For wrk: sends one body to widgets in turn, each with its own secret. Arguments: a file with a widget's id and secret
-- on each line, a file with the body, and for requests with an Idempotency-Key the first part of all keys of this run.
-- Ends with one line of figures for the driver; times are microseconds.
local prepared = {}
local turn = 0
local place = string.rep("0", 44)
local run = ""

function init(args)
  local file = assert(io.open(args[2], "r"))
  local body = file:read("*a")
  file:close()
  run = args[3] or ""
  for line in io.lines(args[1]) do
    local id, secret = line:match("^(%S+) (%S+)$")
    local headers = { ["Content-Type"] = "application/json", ["X-Client-Secret"] = secret }
    if run ~= "" then headers["Idempotency-Key"] = place end
    local text = wrk.format("POST", "/api/v1/widgets/" .. id .. "/create-session", headers, body)
    local from, to = text:find(place, 1, true)
    prepared[#prepared + 1] = { text:sub(1, (from or 0) - 1), text:sub((to or 0) + 1) }
  end
end

function request()
  turn = turn + 1
  local parts = prepared[(turn - 1) % #prepared + 1]
  if run == "" then return parts[2] end
  return parts[1] .. run .. string.format("%012d", turn) .. parts[2]
end

function done(summary, latency, requests)
  local errors = summary.errors
  print(string.format(
    'figures {"requests":%d,"micros":%d,"p50":%d,"p99":%d,"max":%d,"refused":%d,"broken":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
