-- POST /orders, a new bill every time, for wrk; QUESTIONS names the file that fill_store.py writes.
local counter = 0
local threads = 0
local keys = {}

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

function init(args)
    math.randomseed(os.time() + number)
    prefix = string.format("bench-%x-%d-%d-", os.time(), number, math.random(1e9))
    for line in io.lines(os.getenv("QUESTIONS")) do
        local key, client = line:match("(%S+) (%S+)")
        keys[#keys + 1] = { key = key, client = client }
    end
end

function request()
    counter = counter + 1
    local owner = keys[counter % #keys + 1]
    return wrk.format(
        "POST", "/orders", { ["Content-Type"] = "application/json", ["X-API-Key"] = owner.key },
        '{"client_id":"' .. owner.client .. '","internal_order_id":"' .. prefix .. counter ..
        '","bill":{"currency":"RUB","amount":"560","elements":[{"name":"Сырники","amount":"350"},' ..
        '{"name":"Капучино","amount":"210"}]}}')
end

function done(summary, latency, _)
    local errors = summary.errors
    print(string.format(
        "RESULT %.0f requests/s, p50 %.2f ms, p99 %.2f ms, max %.1f ms, not 2xx %d, broken %d",
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        latency.max / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
