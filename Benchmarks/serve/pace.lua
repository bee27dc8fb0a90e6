-- With RATE in the environment, wrk sends so many requests a second on a schedule, as long as a connection is free; wrk itself
-- measures from the moment of sending. THREADS is wrk's -t.
local rate = tonumber(os.getenv("RATE") or "")
if rate then
    local ffi = require("ffi")
    ffi.cdef [[
        struct pace_time { long seconds; long nanoseconds; };
        int clock_gettime(int clock, struct pace_time *time);
    ]]
    local time = ffi.new("struct pace_time")
    local function now()
        ffi.C.clock_gettime(1, time)
        return tonumber(time.seconds) * 1e3 + tonumber(time.nanoseconds) / 1e6
    end
    local interval = 1e3 * tonumber(os.getenv("THREADS")) / rate
    local slot
    function delay()
        local time = now()
        slot = slot and math.max(slot + interval, time - 100) or time
        return math.max(0, math.floor(slot - time + 0.5))
    end
end
