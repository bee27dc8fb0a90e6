import SQLKit

/// What became of a transaction whose connection was lost during its commit.
///
/// The server knows, by the transaction's number (`pg_xact_status`). But a number may be given twice: by a standby that
/// took the server's place, and by the server itself after a crash, when nothing of the first transaction had been
/// written. So the answer counts as long as the server is the same and has not crashed; after a crash, numbers below the
/// one at which the server went on are still those of the first transactions.
struct PostgresOutcome: Sendable {
    enum Status: String { case committed, aborted, unknown }

    private let number: String
    let error: SQLError
    private let server: PostgresFacts

    /// - Parameter number: as `pg_current_xact_id` returns it.
    init(of number: String, _ error: SQLError, _ server: PostgresFacts) {
        (self.number, self.error, self.server) = (number, error, server)
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
        guard server.systemIdentifier != nil, server.timeline != nil, server.crashEpoch != nil else { return .unknown }
        let deadline = ContinuousClock.now + .seconds(options.outcomeSeconds)
        let connection = PostgresConnection(options) { _ in }
        defer { Task { await connection.close() } }
        var pause = Duration.milliseconds(20)
        // How often the transaction was seen to be open, with nobody at its other end.
        var sightings = 0
        repeat {
            do {
                let endsIt = sightings >= 3
                switch try await connection.use({ session in try ask(session, endsIt: endsIt) }) {
                case .found(let status): return status
                case .open: sightings += 1
                }
            } catch let error as SQLError where [.denied, .unsupportedServer].contains(error.code) {
                return .unknown
            } catch {
                // The server restarts, or another takes its place.
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        } while ContinuousClock.now < deadline
        return .unknown
    }

    private enum Answer {
        case found(Status)
        /// Its backend has not noticed that the connection is lost.
        case open
    }

    private func ask(_ session: PostgresSession, endsIt: Bool) throws -> Answer {
        guard session.facts.systemIdentifier == server.systemIdentifier, session.facts.timeline == server.timeline
        else { return .found(.unknown) }
        let hasCrashed = session.facts.crashEpoch != server.crashEpoch
        var status: String?
        do {
            status = try session.exchange([
                .statement("SELECT pg_xact_status($1::text::xid8) AS status", try PostgresParameters([.text(number)]))
            ])[0].rows.first?.optionalText("status")
        } catch  where session.failedState == "22023" && hasCrashed && !session.isBroken {
            // A number that is yet to be given: what had it before was not written.
            return .found(.aborted)
        }
        switch status {
        case "aborted": return .found(.aborted)
        case "committed": return .found(hasCrashed ? try statusAfterCrash(session) : .committed)
        // After a crash, it is another transaction's.
        case "in progress" where hasCrashed: return .found(.aborted)
        case "in progress":
            if endsIt { try end(session) }
            return .open
        default: return .found(.unknown)
        }
    }

    /// Whether the number that has committed was given before the crash. The first checkpoint after one, and no later
    /// one, begins where it ends, and knows the number at which the server went on.
    private func statusAfterCrash(_ session: PostgresSession) throws -> Status {
        let row = try session.exchange([
            .statement(
                """
                SELECT redo_lsn = checkpoint_lsn AS is_first,
                    (split_part(next_xid, ':', 1)::bigint << 32) + split_part(next_xid, ':', 2)::bigint AS next
                FROM pg_control_checkpoint()
                """, try PostgresParameters([]))
        ])[0].rows.first
        guard let row, try row.bool("is_first"), let number = Int64(number) else { return .unknown }
        return try row.integer("next") > number ? .committed : .aborted
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
