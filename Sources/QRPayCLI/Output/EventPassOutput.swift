import EncodingKit
import JSONKit
import MessagingKit
import Synchronization
import WorldKit

/// What the relay of events did, as lines of a log: a failure once, until it is over or another one.
final class EventPassLog: Sendable {
    private let failure = Mutex<String?>(nil)
    private let count = Mutex(0)

    /// The number of events sent in all passes that were added.
    var sent: Int { count.withLock { $0 } }

    func add(_ pass: Relay.Pass) { count.withLock { $0 += pass.sent } }

    /// - Returns: the line of a pass, nil when there is nothing new to say; and whether it is about a failure.
    func line(_ pass: Relay.Pass, at now: Instant) -> (text: String, json: JSONObject)? {
        let isNew = failure.withLock { failure in
            defer { failure = pass.failure }
            return failure != pass.failure
        }
        guard isNew || pass.failure == nil && pass.parked > 0 else { return nil }
        var json: JSONObject = ["at": now.rfc3339, "event": "relay"]
        json.members += Self.json(pass).members
        return ("\(now.rfc3339) \(Self.text(pass))", json)
    }

    static func json(_ pass: Relay.Pass) -> JSONObject {
        ["sent": pass.sent, "parked": pass.parked, "error": pass.failure]
    }

    /// One pass, or several together.
    static func text(_ pass: Relay.Pass) -> String {
        if let failure = pass.failure { return "events wait for the broker: \(failure)" }
        if pass.parked > 0 {
            let events = pass.parked.counted("event")
            return "\(events) returned by the broker: no subscriber's queue takes them; they are offered again"
        }
        return "\(pass.sent.counted("event")) sent"
    }
}
