import CSQLite
import SQLKit

extension SQLiteConnection {
    /// Whether the file was opened read-only, even if write access was requested.
    var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// Turns foreign key enforcement on (the default) or off; outside transactions only.
    func enforceForeignKeys(_ enforces: Bool) {
        csqlite_configure(handle, SQLITE_DBCONFIG_ENABLE_FKEY, enforces ? 1 : 0)
    }

    /// The file's journal mode, after trying to set it to `wanted`.
    func journalMode(setting wanted: String? = nil) throws -> String {
        let assignment = wanted.map { " = \($0)" } ?? ""
        return try query("PRAGMA journal_mode\(assignment)").first?.text("journal_mode") ?? ""
    }
}
