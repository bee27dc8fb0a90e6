internal import CPQ
import SQLKit

extension SQLError {
    /// - Parameter state: five characters, of PostgreSQL's appendix A.
    init(state: String, message: String, sql: String? = nil) {
        self.init(code: Code(state: state), message: message, sql: sql)
    }

    static func unreachable(_ message: String) -> SQLError { SQLError(code: .unreachable, message: message) }
}

extension SQLError.Code {
    init(state: String) {
        self =
            switch state {
            // serialization_failure, deadlock_detected; and a prepared statement whose table another program has
            // changed, which is prepared anew.
            case "40001", "40P01", "0A000": .conflict
            // lock_not_available, query_canceled
            case "55P03", "57014": .locked
            // read_only_sql_transaction
            case "25006": .readOnly
            // disk_full
            case "53100": .diskFull
            // undefined_table, undefined_column
            case "42P01", "42703": .incomplete
            // invalid_catalog_name, invalid_authorization_specification, invalid_password, insufficient_privilege
            case "3D000", "28000", "28P01", "42501": .cannotOpen
            // data_corrupted, index_corrupted
            case "XX001", "XX002": .corrupt
            default:
                switch state.prefix(2) {
                case "23": .constraint
                // Connection exceptions, too many connections, and a server that shuts down.
                case "08", "53", "57": .unreachable
                // system_error
                case "58": .inputOutput
                default: .other
                }
            }
    }
}
