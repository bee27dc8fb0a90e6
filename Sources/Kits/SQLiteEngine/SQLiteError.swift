import CSQLite
import Glibc
import SQLKit

extension SQLError {
    /// The error of the last failed call on `connection`, with the file's path.
    init(connection: OpaquePointer, sql: String? = nil) {
        let result = sqlite3_extended_errcode(connection)
        let systemError = csqlite_system_error(connection, result)
        let path = sqlite3_db_filename(connection, "main").map { String(cString: $0) } ?? ""
        var code = Code(sqliteResult: result, systemError: systemError)
        var message = String(cString: sqlite3_errmsg(connection))
        // A trigger cannot set an error code, so the trigger of a moved store puts one before its message
        // (SQLITE_CONSTRAINT_TRIGGER).
        if result == SQLITE_CONSTRAINT | (7 << 8), message.hasPrefix("\(Self.movedState) ") {
            (code, message) = (.moved, String(message.dropFirst(Self.movedState.count + 1)))
        }
        if code == .inputOutput || code == .cannotOpen, systemError != 0 {
            message = "\(String(cString: sqlite3_errstr(result & 0xff))): \(String(cString: strerror(systemError)))"
            if result & 0xff == SQLITE_CORRUPT { message = String(cString: strerror(systemError)) }
        }
        if code == .replaced { message = "deleted, moved or replaced while it was in use" }
        let isAboutTheFile = code != .constraint && code != .moved && code != .other && !path.isEmpty
        self.init(code: code, message: isAboutTheFile ? "\(path): \(message)" : message, sql: sql)
    }

    /// The error of a failed system call on `path`.
    /// - Parameter number: an `errno`.
    init(path: String, systemError number: Int32) {
        self.init(code: Code(systemError: number), message: "\(path): \(String(cString: strerror(number)))")
    }
}

extension SQLError.Code {
    /// - Parameters:
    ///   - sqliteResult: a primary or extended result code (sqlite.org/rescode.html).
    ///   - systemError: the underlying `errno`, if any; it tells a full disk from a failing one.
    init(sqliteResult: Int32, systemError: Int32 = 0) {
        if sqliteResult == SQLITE_READONLY | (4 << 8) {
            // SQLITE_READONLY_DBMOVED
            self = .replaced
            return
        }
        switch sqliteResult & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: self = .locked
        case SQLITE_READONLY: self = .readOnly
        case SQLITE_CORRUPT:
            // A page that the disk failed to read is SQLITE_IOERR_CORRUPTFS first, then SQLITE_CORRUPT.
            self = Self(systemError: systemError) == .inputOutput ? .inputOutput : .corrupt
        case SQLITE_NOTADB: self = .notADatabase
        case SQLITE_FULL: self = .diskFull
        case SQLITE_CONSTRAINT: self = .constraint
        case SQLITE_PERM: self = .cannotOpen
        case SQLITE_IOERR:
            let cause = Self(systemError: systemError)
            // The file existed when it was opened.
            let isGone = systemError == ENOENT
            self = isGone ? .replaced : cause == .diskFull || cause == .readOnly ? cause : .inputOutput
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
        case EIO, ENXIO, ERANGE: self = .inputOutput
        default: self = .cannotOpen
        }
    }
}
