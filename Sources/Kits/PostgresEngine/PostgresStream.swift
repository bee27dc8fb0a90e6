import SQLKit

/// The rows of the last command of an exchange, read from the connection as they are asked for.
///
/// Nothing else can be sent before its end. Who needs to, reads the rest into memory first: ``buffer()``.
final class PostgresStream {
    private let session: PostgresSession
    private let sql: String?
    private var failure: SQLError?
    private var isReading = true
    /// Read and not yet taken.
    private var rows: ArraySlice<SQLRow> = []

    /// - Parameter failure: of an earlier command of the exchange.
    init(_ session: PostgresSession, _ sql: String?, _ failure: SQLError?) {
        (self.session, self.sql, self.failure) = (session, sql, failure)
    }

    /// The next row; nil at the end.
    func next() throws(SQLError) -> SQLRow? {
        while rows.isEmpty, isReading { rows += try read() }
        return rows.popFirst()
    }

    /// Reads the rest, so that the connection is free.
    func buffer() throws(SQLError) {
        while isReading { rows += try read() }
    }

    /// Passes over the rest, so that the connection is free.
    func drop() throws(SQLError) {
        rows = []
        while isReading { _ = try read() }
    }

    private func read() throws(SQLError) -> [SQLRow] {
        do {
            if let rows = try session.streamed(sql) { return rows }
        } catch {
            guard !session.isBroken else {
                isReading = false
                throw error
            }
            failure = failure ?? error
            return []
        }
        isReading = false
        try session.endExchange(failure)
        return []
    }
}
