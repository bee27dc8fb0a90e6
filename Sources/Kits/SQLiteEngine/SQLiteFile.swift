import Glibc
import SQLKit

/// The resolved location of a database file; it is found, checked and created without opening it.
///
/// Closing any descriptor of a file drops all locks the process holds on it, SQLite's included
/// (sqlite.org/howtocorrupt.html, 2.2), so this type never opens one.
struct SQLiteFile {
    /// Absolute, without symbolic links: two names of one file must lead to the same lock.
    let path: String
    /// The identity of the file found there.
    private var identity: FileIdentity
    /// The log and its index, once a connection has opened them; empty before. SQLite does not replace either while a
    /// connection is open.
    private var log: [FileIdentity?] = []

    var lockPath: String { "\(path)-lock" }

    /// Finds an existing file.
    init(at path: String) throws {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw SQLError(code: .cannotOpen, message: "not a path: \(path.debugDescription)")
        }
        guard let real = realpath(path, nil) else {
            throw SQLError(code: .cannotOpen, message: "\(path): \(String(cString: strerror(errno)))")
        }
        defer { free(real) }
        self.path = String(cString: real)
        var status = stat()
        guard stat(real, &status) == 0 else { throw SQLError(path: path, systemError: errno) }
        identity = FileIdentity(status)
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw SQLError(code: .cannotOpen, message: "\(path): is a directory")
        default: throw SQLError(code: .cannotOpen, message: "\(path): is not a regular file")
        }
    }

    /// Finds a file, or creates an empty one with mode 0600; SQLite gives its log files the same mode.
    init(creatingAt path: String, createsDirectory: Bool) throws {
        var status = stat()
        if stat(path, &status) != 0, errno == ENOENT, !path.isEmpty, !path.utf8.contains(0) {
            let directory = Self.directory(of: path)
            if stat(directory, &status) != 0, errno == ENOENT {
                guard createsDirectory else {
                    throw SQLError(code: .cannotOpen, message: "\(path): directory \(directory) not found")
                }
                try Self.makeDirectory(directory)
            }
            guard mknod(path, S_IFREG | 0o600, 0) == 0 || errno == EEXIST else {
                throw SQLError(path: path, systemError: errno)
            }
        }
        try self.init(at: path)
    }

    /// The same file after a connection has opened it, with its log.
    func opened() -> SQLiteFile {
        var file = self
        // An overlay file system copies a file when it is opened for writing; the copy may have another inode number.
        if let identity = FileIdentity(at: path) { file.identity = identity }
        file.log = logPaths.map(FileIdentity.init(at:))
        return file
    }

    private var logPaths: [String] { ["\(path)-wal", "\(path)-shm"] }

    /// Checks that the file and its log have not been replaced: writes to a file that is no longer at its path are lost
    /// with its last connection, and other processes do not see writes to a removed log.
    /// - Throws: ``SQLError`` `replaced`.
    func check() throws {
        guard FileIdentity(at: path) == identity else {
            throw SQLError(code: .replaced, message: "\(path): deleted, moved or replaced while it was in use")
        }
        for case (let path, let identity?) in zip(logPaths, log) where FileIdentity(at: path) != identity {
            throw SQLError(code: .replaced, message: "\(path): deleted, moved or replaced while it was in use")
        }
    }

    /// The name to open for reading. On a read-only medium SQLite must be told that no locking is needed, otherwise it
    /// tries to create lock files.
    var readOnlyName: String {
        var system = statvfs()
        var log = stat()
        let hasLog = stat("\(path)-wal", &log) == 0 && log.st_size > 0
        guard !hasLog, statvfs(path, &system) == 0, system.f_flag & UInt(ST_RDONLY) != 0 else { return path }
        let escapes: [Unicode.Scalar: String] = ["%": "%25", "?": "%3f", "#": "%23"]
        return "file:" + path.unicodeScalars.map { escapes[$0] ?? String($0) }.joined() + "?immutable=1"
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Creates a directory and its parents with mode 0700.
    private static func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        guard errno == ENOENT, path.contains("/") else { throw SQLError(path: path, systemError: errno) }
        try makeDirectory(directory(of: path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SQLError(path: path, systemError: errno) }
    }
}

/// Identifies the file at a path: its inode and device numbers.
struct FileIdentity: Hashable, Sendable {
    private let device: dev_t
    private let number: ino_t

    init(_ status: stat) { (device, number) = (status.st_dev, status.st_ino) }

    /// Nil if the file does not exist.
    init?(at path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Nil if the descriptor is not open.
    init?(of descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }
}
