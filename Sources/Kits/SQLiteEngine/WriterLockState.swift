import Glibc
import SQLKit

/// The state of a database file's writer lock.
package enum WriterLockState: Hashable, Sendable {
    /// The lock file does not exist: the database has not been written to through this library.
    case missing
    case free
    /// A writer holds it.
    case held
}

extension SQLiteDatabase {
    /// Tests the writer lock of a database file, without waiting and without creating the lock file.
    /// - Throws: ``SQLError`` if the file does not exist or its lock file cannot be used.
    package static func writerLockState(ofFileAt path: String) throws -> WriterLockState {
        let lockPath = try SQLiteFile(at: path).lockPath
        guard access(lockPath, F_OK) == 0 else { return .missing }
        do {
            try WriterLock(path: lockPath, timeoutSeconds: 0).holding {}
            return .free
        } catch let error as SQLError where error.code == .locked {
            return .held
        }
    }
}
