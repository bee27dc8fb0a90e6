import SQLKit

/// The location of an SQLite database.
package enum SQLiteLocation: Hashable, Sendable {
    case file(path: String)
    /// In this process's memory, until it is closed.
    case memory
    /// Private to this process, like ``memory``, but spills to an unlinked file when it outgrows the cache.
    case temporary

    /// SQLite's name for a private database; nil for a file.
    var privateName: String? {
        switch self {
        case .file: nil
        case .memory: ":memory:"
        case .temporary: ""
        }
    }
}

/// How an SQLite database is opened and used.
package struct SQLiteOptions: Sendable {
    package enum Mode: Hashable, Sendable {
        case readWrite
        /// Never writes, locks or migrates; works on read-only files, directories and media.
        case readOnly
    }

    package var mode = Mode.readWrite
    /// Creates the file's directory too, with mode 0700.
    package var createsDirectory = false
    /// Rejects a file that lacks a table of its schema.
    package var checksTables = true
    /// How long a transaction waits for other processes before it fails with ``SQLError/Code/locked``.
    package var lockTimeoutSeconds = 5.0
    /// Maximum number of writes per commit; 1 disables group commit. An in-memory database does not benefit from groups
    /// and uses none.
    package var maximumGroupSize = 128
    /// Number of parallel readers of a file; 0 runs reads between writes, as an in-memory database always does.
    package var readers = 4
    /// Page cache of each connection.
    package var cacheKibibytes = 4096
    /// Runs every write, and for an in-memory database every read; nil uses a private queue.
    package var executor: (any SerialExecutor)?

    package init() {}

    /// ``lockTimeoutSeconds``, clamped to 0 to one day.
    var boundedTimeoutSeconds: Double { lockTimeoutSeconds > 0 ? min(lockTimeoutSeconds, 86_400) : 0 }
}
