/// What was published on a channel and is not settled yet.
///
/// The broker counts the publishes of a channel from 1 and settles them by these tags, in any order and several at
/// once.
struct PublishWindow<Item> {
    struct Entry {
        /// Of the message; returns name it.
        var id: String
        var bytes: Int
        var sentAt: ContinuousClock.Instant
        var item: Item
        /// Why it reached no queue; its confirm is still to come.
        var returnReason: String?
    }

    private let maximumCount: Int
    private let maximumBytes: Int
    private var entries: [UInt64: Entry] = [:]
    private var bytes = 0
    /// No unsettled tag is below.
    private var lowest: UInt64 = 1
    private var next: UInt64 = 1
    /// How many may be unsettled for now: fewer after the broker has closed the channel over one of them.
    private var limit: Int

    init(maximumCount: Int, maximumBytes: Int) {
        self.maximumCount = maximumCount
        self.maximumBytes = maximumBytes
        limit = maximumCount
    }

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    /// Whether one more may be sent; always when the window is empty.
    func hasRoom(for bytes: Int) -> Bool {
        entries.isEmpty || (entries.count < limit && self.bytes + bytes <= maximumBytes)
    }

    /// Notes a message that is about to be sent.
    mutating func add(_ item: Item, id: String, bytes: Int, at now: ContinuousClock.Instant) {
        entries[next] = Entry(id: id, bytes: bytes, sentAt: now, item: item)
        next += 1
        self.bytes += bytes
    }

    /// Notes that the oldest message of that id reached no queue. A return without an id is that of the oldest message:
    /// the broker returns in the order of the publishes.
    mutating func markReturned(id: String?, reason: String) {
        skipSettled()
        for tag in lowest..<next {
            guard let entry = entries[tag], entry.returnReason == nil, id == nil || entry.id == id else { continue }
            entries[tag]?.returnReason = reason
            return
        }
    }

    /// Removes what the broker has settled: the tag, or with `multiple` every one up to it.
    mutating func settle(_ tag: UInt64, multiple: Bool) -> [Entry] {
        var settled: [Entry] = []
        if multiple {
            while lowest <= tag, lowest < next {
                if let entry = entries.removeValue(forKey: lowest) { settled.append(entry) }
                lowest += 1
            }
        } else if let entry = entries.removeValue(forKey: tag) {
            settled.append(entry)
        }
        for entry in settled { bytes -= entry.bytes }
        if !settled.isEmpty { limit = min(limit * 2, maximumCount) }
        return settled
    }

    /// When the oldest unsettled message was sent.
    var oldest: ContinuousClock.Instant? {
        mutating get {
            skipSettled()
            return entries[lowest]?.sentAt
        }
    }

    /// Removes entries sent at or before `instant`; a later confirm for them has no effect.
    mutating func removeSent(until instant: ContinuousClock.Instant) -> [Entry] {
        let late = entries.filter { $0.value.sentAt <= instant }.sorted { $0.key < $1.key }
        for (tag, entry) in late {
            entries[tag] = nil
            bytes -= entry.bytes
        }
        return late.map(\.value)
    }

    /// Restarts the confirm timeout of every unsettled message.
    mutating func restartClock(at now: ContinuousClock.Instant) {
        for tag in entries.keys { entries[tag]?.sentAt = now }
    }

    /// Every unsettled message, in the order in which they were sent.
    var unsettled: [Entry] { entries.sorted { $0.key < $1.key }.map(\.value) }

    /// Begins anew for a new channel, whose tags start at 1.
    /// - Parameter carefully: one message at a time at first, and twice as many after each that is settled: what is
    ///   wrong with a message then concerns that one alone.
    mutating func reset(carefully: Bool) {
        self = PublishWindow(maximumCount: maximumCount, maximumBytes: maximumBytes)
        if carefully { limit = 1 }
    }

    private mutating func skipSettled() {
        while lowest < next, entries[lowest] == nil { lowest += 1 }
    }
}
