import SQLKit

/// What became of a transaction whose connection was lost during its commit.
///
/// The server knows, by the transaction's number (`pg_xact_status`). But a number may be given twice: by a standby that
/// took the server's place, and by the server itself after a crash, when nothing of the first transaction had been
/// written. So an answer counts as long as the server is the same and has not crashed. After a restart, numbers from
/// the one at which the server went on never were written before it, and those below it are still those of the first
/// transactions: unless there was a second restart, which is ruled out by having watched the server all the time.
struct PostgresOutcome: Sendable {
    enum Status { case committed, aborted, unknown }

    private let number: String
    let error: SQLError
    private let server: PostgresFacts
    private let duration: Duration

    /// A connection that was lost within this time of a request has not outlived two starts of the server.
    private static let noticed = Duration.seconds(1)
    /// No server starts, commits, ends and starts again within this time.
    private static let glance = Duration.milliseconds(100)

    /// - Returns: nil for a commit of nothing.
    init?(of commit: LostCommit, _ server: PostgresFacts) {
        guard let number = commit.number else { return nil }
        (self.number, error, self.server, duration) = (number, commit.error, server, commit.duration)
    }

    /// The error for a transaction whose outcome cannot be found.
    var unknown: SQLError {
        SQLError(
            code: .outcomeUnknown,
            message: "the connection was lost during the commit, which may have been made or not: \(error.message)")
    }

    /// Asks until the server knows, on connections of its own; the task's cancellation does not end that.
    func lookUp(_ pool: PostgresPool) async -> Status {
        await Task { [self] in await lookUpAsLongAsAllowed(pool.options) }.value
    }

    private func lookUpAsLongAsAllowed(_ options: PostgresOptions) async -> Status {
        guard server.systemIdentifier != nil, server.timeline != nil else { return .unknown }
        let deadline = ContinuousClock.now + .seconds(options.outcomeSeconds)
        let connection = PostgresConnection(options) { _ in }
        defer { Task { await connection.close() } }
        // How often the transaction was found open although its connection is gone.
        var sightings = 0
        var isWatched = duration < Self.noticed
        var last = ContinuousClock.now
        repeat {
            let began = ContinuousClock.now
            do {
                let (endsIt, since, wasWatched) = (sightings >= 20, last, isWatched)
                let answer = try await connection.use { session in
                    let isWatched = wasWatched && .now - since < Self.glance
                    return try ask(session, endsIt: endsIt, isWatched: isWatched)
                }
                switch answer {
                case .found(let status): return status
                case .open: sightings += 1
                }
            } catch let error as SQLError where [.denied, .unsupportedServer].contains(error.code) {
                return .unknown
            } catch {
                // The server restarts, or another takes its place.
            }
            isWatched = isWatched && .now - last < Self.glance
            last = began
            try? await Task.sleep(for: .milliseconds(20))
        } while ContinuousClock.now < deadline
        return .unknown
    }

    private enum Answer {
        case found(Status)
        /// Its backend has not noticed that the connection is lost.
        case open
    }

    private func ask(_ session: PostgresSession, endsIt: Bool, isWatched: Bool) throws -> Answer {
        guard session.facts.systemIdentifier == server.systemIdentifier, session.facts.timeline == server.timeline
        else { return .found(.unknown) }
        var status: String?
        do {
            status = try session.exchange([
                .statement("SELECT pg_xact_status($1::text::xid8) AS status", try PostgresParameters([.text(number)]))
            ])[0].rows.first?.optionalText("status")
        } catch  where session.failedState == "22023" && !session.isBroken {
            // A number that is yet to be given: what had it before was not written.
            return .found(.aborted)
        }
        // Another transaction with the same number says the same of this one: it was not written.
        if status == "aborted" { return .found(.aborted) }
        guard let status, let number = Int64(number) else { return .found(.unknown) }
        if let epoch = server.crashEpoch, session.facts.crashEpoch == epoch {
            guard status == "in progress" else { return .found(.committed) }
            if endsIt { try end(session) }
            return .open
        }
        guard let next = try firstNumberSinceRestart(session) else {
            return status == "in progress" ? .open : .found(.unknown)
        }
        if number < next { return .found(isWatched ? .committed : .unknown) }
        // A pooler's client does not notice a restart, so that the number may have been given after it.
        return session.options.usesPooler ? .found(.unknown) : .found(.aborted)
    }

    /// The number at which the server went on when it was last restarted, or recovered from a crash, after the session
    /// of the transaction had begun; nil when there was none, or the server cannot tell.
    ///
    /// A checkpoint that begins where it ends is one of a shutdown or a recovery, and no transaction outlives either.
    private func firstNumberSinceRestart(_ session: PostgresSession) throws -> Int64? {
        guard let position = server.logPosition else { return nil }
        return try session.exchange([
            .statement(
                """
                SELECT (split_part(next_xid, ':', 1)::bigint << 32) + split_part(next_xid, ':', 2)::bigint AS next
                FROM pg_control_checkpoint()
                WHERE redo_lsn = checkpoint_lsn AND checkpoint_lsn >= $1::text::pg_lsn
                """, try PostgresParameters([.text(position)]))
        ])[0].rows.first?.integer("next")
    }

    /// Ends the backend that holds the transaction open; one that waits for a standby has committed and is let be.
    private func end(_ session: PostgresSession) throws {
        _ = try session.exchange([
            .statement(
                """
                SELECT pg_terminate_backend(pid) AS is_ended FROM pg_stat_activity
                WHERE backend_xid = $1::text::xid8::xid AND wait_event IS DISTINCT FROM 'SyncRep'
                """, try PostgresParameters([.text(number)]))
        ])
    }
}
