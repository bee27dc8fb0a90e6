import SQLKit

/// What became of a transaction whose connection was lost during its commit.
///
/// The server knows, by the transaction's number (`pg_xact_status`), as long as it is the same server: a standby that
/// took its place may have given the number to another transaction.
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
        guard server.systemIdentifier != nil, server.timeline != nil else { return .unknown }
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
        let rows = try session.exchange([
            .statement("SELECT pg_xact_status($1::text::xid8) AS status", try PostgresParameters([.text(number)]))
        ])[0].rows
        switch try rows.first?.optionalText("status") {
        case "committed": return .found(.committed)
        case "aborted": return .found(.aborted)
        case "in progress":
            if endsIt { try end(session) }
            return .open
        default: return .found(.unknown)
        }
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
