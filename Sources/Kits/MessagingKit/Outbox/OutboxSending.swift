package import QueueKit
import SQLKit
package import WorldKit

/// What a relay does with the outbox.
extension Outbox {
    /// Rows to be sent.
    package struct Unsent: Sendable {
        /// In the order of their positions.
        package var entries: [OutboxEntry] = []
        /// Whether there may be more.
        package var mayHaveMore = false
    }

    /// The first rows that can be sent. Those behind a parked one of their key are put aside as waiting.
    /// - Parameters:
    ///   - limit: how many rows to look at, not counting skipped ones.
    ///   - positions: rows to skip.
    ///   - characters: total length of the bodies; the first row may exceed it.
    package func unsent(
        limit: Int, except positions: Set<Int64> = [], characters: Int = 4 << 20
    ) throws -> Unsent {
        // The skipped rows are usually all unsent rows up to the last of them. Their count reveals a lower row that was
        // committed late.
        let last = positions.max() ?? .min
        let known = try connection.query(
            "SELECT COUNT(*) AS count FROM outbox WHERE state = 'unsent' AND position <= $1", [.integer(last)]
        )[0].number("count")
        let isFurther = known == positions.count
        let limit = isFurther ? limit : limit + positions.count
        var found: [Int64] = []
        var behind: [Int64] = []
        var length = 0
        var looked = 0
        var passed = 0
        try connection.forEachRow(
            """
            SELECT position, LENGTH(body) AS length,
                CASE WHEN EXISTS (SELECT 1 FROM outbox AS older WHERE older.state = 'parked'
                        AND older.key = outbox.key AND older.position < outbox.position)
                    OR EXISTS (SELECT 1 FROM outbox AS older WHERE older.state = 'waiting'
                        AND older.key = outbox.key AND older.position < outbox.position)
                    THEN 1 ELSE 0 END AS is_behind
            FROM outbox WHERE state = 'unsent' AND position > $2 ORDER BY position LIMIT $1
            """, [.integer(limit), .integer(isFurther ? last : .min)]
        ) { row in
            looked += 1
            let position = try row.integer("position")
            if positions.contains(position) {
                passed += 1
                return
            }
            if try row.bool("is_behind") { return behind.append(position) }
            length += try row.number("length")
            if length <= characters || found.isEmpty { found.append(position) }
        }
        if !behind.isEmpty { try takeTurns() }
        try connection.executeEach(
            "UPDATE outbox SET state = 'waiting', may_block = 1 WHERE position = $1 AND state = 'unsent'",
            behind.map { [.integer($0)] })
        var unsent = Unsent(mayHaveMore: looked == limit || looked > found.count + behind.count + passed)
        guard let first = found.first, let end = found.last else { return unsent }
        unsent.entries.reserveCapacity(found.count)
        let columns = "position, exchange, body, state, attempts, rejections, error, created_at, settled_at, retry_at"
        try connection.forEachRow(
            """
            SELECT \(columns), may_block, \(Message.envelopeColumns) FROM outbox
            WHERE state = 'unsent' AND position BETWEEN $1 AND $2 ORDER BY position
            """, [.integer(first), .integer(end)]
        ) { row in
            let entry = try OutboxEntry(row)
            if !positions.contains(entry.position) { unsent.entries.append(entry) }
        }
        return unsent
    }

    /// How many waiting rows of a key are sent next, once the one before them was sent.
    private static let released = 500

    /// Records the outcomes of publishing.
    ///
    /// A confirmed row is sent. A returned or refused one is parked and retried as the policy says; once its attempts
    /// are used up, only an operator resends it. One with an unknown outcome stays unsent, to be published again under
    /// the same id. An unconfirmed row is published again too, without a limit on attempts: it is parked in between, so
    /// that it blocks only its own key. A row that another relay has settled meanwhile is left unchanged.
    package func settle(
        _ outcomes: [(entry: OutboxEntry, outcome: PublishOutcome)], _ policy: RetryPolicy, at now: Instant
    ) throws {
        var sent: [[SQLValue]] = []
        var parked: [[SQLValue]] = []
        var unconfirmed: [[SQLValue]] = []
        var unknown: [[SQLValue]] = []
        var unblocked: Set<String> = []
        for (entry, outcome) in outcomes {
            let position = SQLValue.integer(entry.position)
            switch outcome {
            case .confirmed:
                sent.append([position, .instant(now)])
                if entry.mayBlock { unblocked.insert(entry.message.key) }
            case .returned(let reason), .refused(let reason):
                let delay = policy.delay(attempts: entry.rejections + 1, polls: 0, isNotYet: false, random: 0)
                parked.append([
                    position, .instant(now), .message(reason), .instant(delay.map { now.advanced(bySeconds: $0) }),
                ])
            case .unconfirmed(let reason):
                let delay = policy.delay(attempts: 1, polls: 0, isNotYet: false, random: 0) ?? policy.capSeconds
                unconfirmed.append([
                    position, .instant(now), .message(reason), .instant(now.advanced(bySeconds: delay)),
                ])
            case .unknown(let reason): unknown.append([position, .message(reason)])
            }
        }
        try connection.executeEach(
            """
            UPDATE outbox SET state = 'sent', settled_at = $2, attempts = attempts + 1, error = NULL
            WHERE position = $1 AND state = 'unsent'
            """, sent)
        try connection.executeEach(
            """
            UPDATE outbox SET state = 'parked', settled_at = $2, attempts = attempts + 1, rejections = rejections + 1,
                error = $3, retry_at = $4, may_block = 1
            WHERE position = $1 AND state = 'unsent'
            """, parked)
        try connection.executeEach(
            """
            UPDATE outbox SET state = 'parked', settled_at = $2, attempts = attempts + 1, error = $3, retry_at = $4,
                may_block = 1
            WHERE position = $1 AND state = 'unsent'
            """, unconfirmed)
        try connection.executeEach(
            "UPDATE outbox SET attempts = attempts + 1, error = $2 WHERE position = $1 AND state = 'unsent'", unknown)
        try release(unblocked)
    }

    /// Parks rows without publishing them, each until its own instant.
    func setAside(_ rows: [(position: Int64, until: Instant, reason: String)], at now: Instant) throws {
        try connection.executeEach(
            """
            UPDATE outbox SET state = 'parked', settled_at = $2, error = $3, retry_at = $4, may_block = 1
            WHERE position = $1 AND state = 'unsent'
            """, rows.map { [.integer($0.position), .instant(now), .text($0.reason), .instant($0.until)] })
    }

    /// Makes rows that were set aside unsent again.
    func takeBack(_ positions: [Int64]) throws {
        try connection.executeEach(
            "UPDATE outbox SET state = 'unsent', retry_at = NULL WHERE position = $1 AND state = 'parked'",
            positions.map { [.integer($0)] })
    }

    /// Makes the parked rows of a route unsent, if they are due for a retry anyway.
    func retryParked(_ route: MessageRoute) throws {
        try connection.execute(
            """
            UPDATE outbox SET state = 'unsent', retry_at = NULL
            WHERE retry_at IS NOT NULL AND state = 'parked' AND exchange = $1 AND type = $2
            """, [.text(route.exchange), .text(route.type)])
    }

    /// Makes parked rows unsent once their retry is due.
    package func retryParked(at now: Instant) throws {
        try connection.execute(
            "UPDATE outbox SET state = 'unsent', retry_at = NULL WHERE retry_at <= $1 AND state = 'parked'",
            [.instant(now)])
    }

    /// Keeps a relay that puts rows aside behind a parked row from overlapping with an operator who skips that row:
    /// otherwise the rows would wait forever.
    func takeTurns() throws { try connection.takeTurns(["outbox"], at: Instant(microseconds: .max)) }

    /// Makes the first waiting rows of some keys unsent; those that are behind another parked one will wait again.
    func release(_ keys: Set<String>) throws {
        try connection.executeEach(
            """
            UPDATE outbox SET state = 'unsent' WHERE position IN (
                SELECT position FROM outbox WHERE state = 'waiting' AND key = $1 ORDER BY position LIMIT $2)
            """, keys.sorted().map { [.text($0), .integer(Self.released)] })
    }

    /// Removes rows that were sent before `instant`, the first sent first, at most `limit`.
    /// - Returns: how many.
    @discardableResult
    package func removeSent(before instant: Instant, limit: Int) throws -> Int {
        guard try connection.takesOver("outbox.retention") else { return 0 }
        return try connection.execute(
            """
            DELETE FROM outbox WHERE position IN (
                SELECT position FROM outbox WHERE state = 'sent' AND settled_at < $1 ORDER BY settled_at
                LIMIT $2\(connection.dialect.skipLocked))
            """, [.instant(instant), .integer(limit)])
    }

    // MARK: One relay at a time

    /// Takes or keeps the right to send, until it expires.
    /// - Parameters:
    ///   - relay: unique among relays.
    ///   - holder: its process.
    ///   - isAlive: whether a process may still be running; a dead one's right is taken over immediately.
    /// - Returns: false when another relay has it.
    package func claimSending(
        _ relay: String, holder: String, leaseSeconds: Double, at now: Instant,
        isAlive: (_ holder: String) -> Bool = { _ in true }
    ) throws -> Bool {
        let current = try connection.query("SELECT relay, holder, expires_at FROM outbox_relays WHERE slot = 1").first
        if let current {
            let (owner, expiry) = (try current.text("relay"), try current.instant("expires_at"))
            // Renewed once half of it is over, so that not every window writes it.
            if owner == relay, expiry.seconds(since: now) > leaseSeconds / 2 { return true }
            let process = try current.text("holder")
            guard owner == relay || expiry <= now || process != holder && !isAlive(process) else { return false }
        }
        try connection.execute(
            """
            INSERT INTO outbox_relays (slot, relay, holder, expires_at) VALUES (1, $1, $2, $3)
            ON CONFLICT (slot) DO UPDATE SET relay = excluded.relay, holder = excluded.holder,
                expires_at = excluded.expires_at
            """, [.text(relay), .text(holder), .instant(now.advanced(bySeconds: leaseSeconds))])
        return true
    }

    /// Gives the right to send back, so that another relay need not wait for it to expire.
    package func releaseSending(_ relay: String) throws {
        try connection.execute("DELETE FROM outbox_relays WHERE slot = 1 AND relay = $1", [.text(relay)])
    }
}
