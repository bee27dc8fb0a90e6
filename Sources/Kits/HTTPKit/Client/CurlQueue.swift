/// Decides which waiting request may open or reuse a connection next.
///
/// Connections are limited in total and per origin. The oldest eligible request goes first, so an unresponsive origin
/// delays only its own requests.
struct CurlQueue {
    private struct Origin {
        var active = 0
        var waiting: [UInt64] = []
        /// Index of the first waiting request; earlier elements have been removed.
        var head = 0
    }

    private let maximum: Int
    private let maximumPerOrigin: Int
    private var active = 0
    private var origins: [String: Origin] = [:]

    init(maximum: Int, maximumPerOrigin: Int) {
        self.maximum = maximum
        self.maximumPerOrigin = maximumPerOrigin
    }

    /// `id` increases with each request.
    mutating func enqueue(_ id: UInt64, origin: String) { origins[origin, default: Origin()].waiting.append(id) }

    /// Dequeues the next eligible request; it counts as active until ``release(origin:)``.
    mutating func next() -> (id: UInt64, origin: String)? {
        guard active < maximum else { return nil }
        let eligible = origins.lazy.filter { [maximumPerOrigin] in
            $0.value.active < maximumPerOrigin && $0.value.head < $0.value.waiting.count
        }
        let oldest = eligible.min { $0.value.waiting[$0.value.head] < $1.value.waiting[$1.value.head] }
        guard let name = oldest?.key, var origin = origins.removeValue(forKey: name) else { return nil }
        let id = origin.waiting[origin.head]
        origin.head += 1
        if origin.head == origin.waiting.count || origin.head > 1024 {
            origin.waiting.removeFirst(origin.head)
            origin.head = 0
        }
        origin.active += 1
        active += 1
        origins[name] = origin
        return (id, name)
    }

    /// Called when a request returned by ``next()`` has ended or was cancelled.
    mutating func release(origin name: String) {
        guard var origin = origins.removeValue(forKey: name) else { return }
        origin.active -= 1
        active -= 1
        if origin.active > 0 || origin.head < origin.waiting.count { origins[name] = origin }
    }
}
