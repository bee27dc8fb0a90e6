import Glibc
import SQLKit

/// What the lock by which writers of a database file take turns is doing.
package enum WriterLockState: Hashable, Sendable {
    /// There is no lock file: nobody has written through this library yet.
    case missing
    case free
    /// Somebody writes at this moment.
    case held
}

extension SQLiteDatabase {
    /// Tries the writer lock of a database file, without waiting and without making a lock file.
    /// - Throws: ``SQLError`` when there is no such file, or its lock file cannot be used.
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
