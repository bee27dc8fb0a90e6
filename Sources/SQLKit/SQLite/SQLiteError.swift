import CSQLite
import Glibc

extension SQLError {
    /// What the last call on `connection` failed with, and on which file.
    init(connection: OpaquePointer, sql: String? = nil) {
        let message = String(cString: sqlite3_errmsg(connection))
        let path = sqlite3_db_filename(connection, "main").map { String(cString: $0) } ?? ""
        let code = Code(
            sqliteResult: sqlite3_extended_errcode(connection), systemError: sqlite3_system_errno(connection))
        let isAboutTheFile = code != .constraint && code != .other && !path.isEmpty
        self.init(code: code, message: isAboutTheFile ? "\(path): \(message)" : message, sql: sql)
    }

    /// What a system call on `path` failed with.
    /// - Parameter number: an `errno`.
    init(path: String, systemError number: Int32) {
        self.init(code: Code(systemError: number), message: "\(path): \(String(cString: strerror(number)))")
    }
}

extension SQLError.Code {
    /// - Parameters:
    ///   - sqliteResult: a primary or extended result code (sqlite.org/rescode.html).
    ///   - systemError: the `errno` behind it, if there was one; it tells a full disk from a broken one.
    init(sqliteResult: Int32, systemError: Int32 = 0) {
        switch sqliteResult & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: self = .locked
        case SQLITE_READONLY: self = .readOnly
        case SQLITE_CORRUPT: self = .corrupt
        case SQLITE_NOTADB: self = .notADatabase
        case SQLITE_FULL: self = .diskFull
        case SQLITE_CONSTRAINT: self = .constraint
        case SQLITE_PERM: self = .cannotOpen
        case SQLITE_IOERR:
            let cause = Self(systemError: systemError)
            self = cause == .diskFull || cause == .readOnly ? cause : .inputOutput
        case SQLITE_CANTOPEN:
            let cause = Self(systemError: systemError)
            self = cause == .diskFull || cause == .readOnly ? cause : .cannotOpen
        default: self = .other
        }
    }

    /// - Parameter systemError: an `errno`.
    init(systemError: Int32) {
        switch systemError {
        case ETIMEDOUT, EWOULDBLOCK: self = .locked
        case EROFS, EACCES, EPERM: self = .readOnly
        case ENOSPC, EDQUOT: self = .diskFull
        case EIO: self = .inputOutput
        default: self = .cannotOpen
        }
    }
}
