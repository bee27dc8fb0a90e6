import CSQLite
import SQLKit

extension SQLiteConnection {
    /// Whether the file as opened cannot be written to, whatever was asked for.
    var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// Turns the enforcement of foreign keys on, as it is from the start, or off; outside transactions only.
    func enforceForeignKeys(_ enforces: Bool) {
        csqlite_configure(handle, SQLITE_DBCONFIG_ENABLE_FKEY, enforces ? 1 : 0)
    }

    /// The file's journal mode, after trying to set it to `wanted`; a first use reads the file.
    func journalMode(setting wanted: String? = nil) throws -> String {
        let assignment = wanted.map { " = \($0)" } ?? ""
        return try query("PRAGMA journal_mode\(assignment)").first?.text("journal_mode") ?? ""
    }
}
