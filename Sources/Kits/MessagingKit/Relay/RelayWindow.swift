/// Rows of the outbox that are published together.
struct RelayWindow {
    let exchange: String
    private(set) var entries: [OutboxEntry] = []

    /// Takes the next window from `rest`, in order.
    ///
    /// It holds rows of one exchange, and of each key only rows of one type: those reach the same queues, so that the
    /// broker accepts all of them or none. Of two types, the first could be returned and the second confirmed, and the
    /// key would be out of order.
    /// - Parameters:
    ///   - limit: at most this many rows.
    ///   - bytes: at most this size, unless the first row alone has more.
    ///   - keys: of rows that are being published now; theirs wait.
    /// - Returns: nil when nothing is left that can be published now.
    init?(from rest: inout [OutboxEntry], limit: Int, bytes: Int, withoutKeys keys: Set<String> = []) {
        guard let first = rest.first else { return nil }
        exchange = first.exchange
        var left: [OutboxEntry] = []
        var types: [String: String] = [:]
        // Keys whose following rows must wait for the next window.
        var closed = keys
        var room = bytes
        for (index, entry) in rest.enumerated() {
            let message = entry.message
            guard entries.count < limit, entries.isEmpty || message.wireSize <= room else {
                left += rest[index...]
                break
            }
            guard entry.exchange == exchange, !closed.contains(message.key),
                types[message.key].map({ $0 == message.type }) ?? true
            else {
                closed.insert(message.key)
                left.append(entry)
                continue
            }
            entries.append(entry)
            room -= message.wireSize
            types[message.key] = message.type
            // A message that is refused for its own defect says nothing about its neighbors.
            if message.defect != nil { closed.insert(message.key) }
        }
        rest = left
        if entries.isEmpty { return nil }
    }

    var keys: [String] { entries.map(\.message.key) }
}

extension Message {
    /// About what a broker's connection carries for it, in bytes.
    var wireSize: Int {
        let texts = [id, type, key, correlationID, causationID ?? "", replyTo ?? "", traceParent ?? ""]
        return body.count + texts.reduce(200) { $0 + $1.utf8.count }
    }
}
