-- POST /orders/list with ten ids a request, for wrk; QUESTIONS names the file that fill_store.py writes.
dofile(os.getenv("PACE"))
local requests = {}
local next_request = 0

function init(args)
    for line in io.lines(os.getenv("QUESTIONS")) do
        local words = {}
        for word in line:gmatch("%S+") do words[#words + 1] = word end
        local ids = '"' .. table.concat(words, '","', 3) .. '"'
        requests[#requests + 1] = wrk.format(
            "POST", "/orders/list", { ["Content-Type"] = "application/json", ["X-API-Key"] = words[1] },
            '{"client_id":"' .. words[2] .. '","orders":[' .. ids .. "]}")
    end
    next_request = math.random(#requests)
end

function request()
    next_request = next_request % #requests + 1
    return requests[next_request]
end

function done(summary, latency, _)
    local errors = summary.errors
    print(string.format(
        "RESULT %.0f requests/s, p50 %.2f ms, p99 %.2f ms, max %.1f ms, not 2xx %d, broken %d",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        latency.max / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
