import SQLKit

/// Looks up the outcome of a transaction whose connection was lost during its commit.
///
/// The server knows it by the transaction ID (`pg_xact_status`). But an ID can be assigned twice: by a standby that was
/// promoted, and by the server itself after a crash in which none of the first transaction had been written. So an
/// answer is valid while the server is the same and has not crashed. After a restart, IDs from the first one that the
/// server assigned again had not been written before the restart, and lower IDs still belong to the first transactions,
/// unless the server restarted a second time. Watching the server without a gap rules out a second restart.
struct PostgresOutcome: Sendable {
    enum Status { case committed, aborted, unknown }

    private let number: String
    let error: SQLError
    private let server: PostgresFacts
    private let duration: Duration

    /// The server cannot have restarted twice if the connection was lost within this time of the commit request.
    private static let noticed = Duration.seconds(1)
    /// The server cannot start, commit, stop and start again within this time.
    private static let glance = Duration.milliseconds(100)

    /// - Returns: nil if the transaction changed nothing.
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

    /// Asks until the server knows the outcome, on a separate connection. Canceling the task does not stop it.
    func lookUp(_ pool: PostgresPool) async -> Status {
        await Task { [self] in await lookUpAsLongAsAllowed(pool.options) }.value
    }

    private func lookUpAsLongAsAllowed(_ options: PostgresOptions) async -> Status {
        guard server.systemIdentifier != nil, server.timeline != nil else { return .unknown }
        let deadline = ContinuousClock.now + .seconds(options.outcomeSeconds)
        let connection = PostgresConnection(options) { _ in }
        defer { Task { await connection.close() } }
        // How often the transaction was found still in progress, although its client is gone.
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
                // The server is restarting, or a standby is taking over.
            }
            isWatched = isWatched && .now - last < Self.glance
            last = began
            try? await Task.sleep(for: .milliseconds(20))
        } while ContinuousClock.now < deadline
        return .unknown
    }

    private enum Answer {
        case found(Status)
        /// The backend has not yet noticed that the connection is lost.
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
            // The ID has not been assigned yet, so an earlier transaction with that ID was not written.
            return .found(.aborted)
        }
        // If a later transaction has the same ID, this one was not written either.
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
        // A connection to a pooler survives a restart, so the ID may have been assigned after the restart.
        return session.options.usesPooler ? .found(.unknown) : .found(.aborted)
    }

    /// The first transaction ID that the server assigned after its latest restart or crash recovery since the session
    /// began. Nil when it has not restarted, or when a later checkpoint has overwritten the record.
    ///
    /// A checkpoint that begins where it ends belongs to a shutdown or a recovery, and no transaction survives either.
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

    /// Ends the backend that holds the transaction open, unless it waits for a standby: then it has already committed.
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
