import SQLKit

/// Where an SQLite database lives.
package enum SQLiteLocation: Hashable, Sendable {
    case file(path: String)
    /// In this process, until it is closed.
    case memory
    /// In this process until it is closed, like ``memory``; what does not fit into the cache goes to a nameless file.
    case temporary

    /// SQLite's name for a database that no other connection can see; nil for a file.
    var privateName: String? {
        switch self {
        case .file: nil
        case .memory: ":memory:"
        case .temporary: ""
        }
    }
}

/// How an SQLite database is opened and used; ``init()`` gives what is right for most.
package struct SQLiteOptions: Sendable {
    package enum Mode: Hashable, Sendable {
        case readWrite
        /// Never writes, locks or migrates; works on a file, a directory or a medium that cannot be written to.
        case readOnly
    }

    package var mode = Mode.readWrite
    /// Makes the file's directory, with mode 0700, and not only the file.
    package var createsDirectory = false
    /// Refuses a file that lacks a table of its schema.
    package var checksTables = true
    /// How long a transaction waits for other processes before it fails with ``SQLError/Code/locked``.
    package var lockTimeoutSeconds = 5.0
    /// How many writes one commit may carry; 1 commits each by itself. A database in memory has nothing to gain from
    /// groups and makes none.
    package var maximumGroupSize = 128
    /// How many reads of a file run in parallel; 0 runs them between the writes. A database in memory has no others.
    package var readers = 4
    /// How much of a file each connection keeps in memory.
    package var cacheKibibytes = 4096
    /// Runs every write, and for a database in memory everything; nil is a queue of its own.
    package var executor: (any SerialExecutor)?

    package init() {}

    /// ``lockTimeoutSeconds``, from 0 to a day, whatever was asked for.
    var boundedTimeoutSeconds: Double { lockTimeoutSeconds > 0 ? min(lockTimeoutSeconds, 86_400) : 0 }
}
