internal import CPQ
import SQLKit

extension SQLError {
    static func unreachable(_ message: String) -> SQLError { SQLError(code: .unreachable, message: message) }

    /// A failed statement.
    /// - Parameters:
    ///   - state: the SQLSTATE, five characters (PostgreSQL, appendix A).
    ///   - function: the server function that reported the error.
    init(state: String, message: String, function: String = "", sql: String? = nil) {
        switch state {
        case "0A000" where function == "RevalidateCachedQuery":
            // A prepared statement whose table another program has changed; it will be prepared again.
            self.init(code: .conflict, message: "the tables were changed meanwhile", sql: sql)
        case "26000":
            self.init(
                code: .conflict,
                message: "a prepared statement is gone; if a pooler is in between, set store.pooler", sql: sql)
        case "42P05":
            self.init(
                code: .other,
                message: "a statement was prepared by another client; if a pooler is in between, set store.pooler",
                sql: sql)
        default: self.init(code: Code(state: state), message: message, sql: sql)
        }
    }

    /// A failed connection attempt.
    /// - Parameter text: libpq's message, with the server's verbose error: `FATAL:  28P01: …`, `LOCATION:  …`.
    init(refusal text: String) {
        var state = ""
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") && !$0.hasPrefix("\t") }.map {
            line in
            guard let mark = line.firstRange(of: ":  ") else { return String(line) }
            let candidate = line[mark.upperBound...].prefix(5)
            let rest = line[mark.upperBound...].dropFirst(5)
            guard candidate.count == 5, rest.hasPrefix(": "),
                candidate.allSatisfy({ ("0"..."9").contains($0) || ("A"..."Z").contains($0) })
            else { return String(line) }
            if state.isEmpty { state = String(candidate) }
            return line[..<mark.upperBound] + String(rest.dropFirst(2))
        }
        self.init(code: Code(refusal: text, state: state), message: lines.joined(separator: "; "))
    }
}

extension SQLError.Code {
    init(state: String) {
        self =
            switch state {
            // serialization_failure, deadlock_detected
            case "40001", "40P01": .conflict
            // lock_not_available, and a server that is out of memory or has reached a configured limit
            case "55P03", "53200", "53400", "53000": .busy
            // too_many_connections
            case "53300": .connectionLimit
            case SQLError.movedState: .moved
            // query_canceled
            case "57014": .timedOut
            // read_only_sql_transaction
            case "25006": .standby
            // disk_full
            case "53100": .diskFull
            // undefined_table, undefined_column, invalid_schema_name
            case "42P01", "42703", "3F000": .incomplete
            // invalid_catalog_name, insufficient_privilege
            case "3D000", "42501": .denied
            // data_corrupted, index_corrupted
            case "XX001", "XX002": .corrupt
            // character_not_in_repertoire, untranslatable_character
            case "22021", "22P05": .unsupportedValue
            // database_dropped
            case "57P04": .replaced
            // idle_in_transaction_session_timeout
            case "25P03": .unreachable
            default:
                switch state.prefix(2) {
                case "23": .constraint
                // invalid_authorization_specification, invalid_role_specification
                case "28", "0P": .denied
                // Connection exceptions, and a server that is starting or shutting down.
                case "08", "57": .unreachable
                // system_error
                case "58": .inputOutput
                default: .other
                }
            }
    }

    /// - Parameter text: from a server or a pooler, which may be translated, or from libpq, which is not.
    fileprivate init(refusal text: String, state: String) {
        func says(_ phrases: [String]) -> Bool { phrases.contains { text.contains($0) } }
        switch state {
        case "":
            let isDenied = says([
                "certificate", "does not support SSL", "no password supplied", "private key", "tlsv1 alert",
                "sslv3 alert", "GSSAPI", "channel binding", "authentication method",
            ])
            self = isDenied ? .denied : .unreachable
        // pgbouncer reports everything as protocol_violation.
        case "08P01" where says(["no more connections", "query_wait_timeout"]): self = .connectionLimit
        case "08P01" where says(["no such database", "no such user", "auth", "password", "not allowed"]):
            self = .denied
        // object_not_in_prerequisite_state: a database that does not accept connections.
        case "55000": self = .denied
        default: self = Self(state: state)
        }
    }
}
