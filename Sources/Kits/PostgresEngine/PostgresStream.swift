import SQLKit

/// The rows of an exchange's last command, read from the connection on demand.
///
/// Until the end, the connection can send nothing else. To send, first read the remaining rows into memory:
/// ``buffer()``.
final class PostgresStream {
    private let session: PostgresSession
    private let sql: String?
    private var failure: SQLError?
    private var isReading = true
    /// Rows that were received and not yet returned.
    private var rows: ArraySlice<SQLRow> = []

    /// - Parameter failure: the error of an earlier command in the exchange.
    init(_ session: PostgresSession, _ sql: String?, _ failure: SQLError?) {
        (self.session, self.sql, self.failure) = (session, sql, failure)
    }

    /// The next row; nil at the end.
    func next() throws(SQLError) -> SQLRow? {
        while rows.isEmpty, isReading { rows += try read() }
        return rows.popFirst()
    }

    /// Reads the remaining rows into memory, which frees the connection.
    func buffer() throws(SQLError) {
        while isReading { rows += try read() }
    }

    /// Discards the remaining rows, which frees the connection.
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
