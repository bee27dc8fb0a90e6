import Glibc
import SQLKit

/// Where a database file really is; found, checked and made without ever opening it.
///
/// To close any descriptor of a file drops all locks that the process has on it, SQLite's among them
/// (sqlite.org/howtocorrupt.html, 2.2): so no descriptor of it is ever made here.
struct SQLiteFile {
    /// Absolute, without symbolic links: two ways to name a file must lead to one lock.
    let path: String
    /// The file that was found there.
    private var identity: FileIdentity
    /// The log and its index, once a connection has opened them; empty before. SQLite itself replaces neither while a
    /// connection is open.
    private var log: [FileIdentity?] = []

    var lockPath: String { "\(path)-lock" }

    /// Finds a file that is there.
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

    /// Finds a file, or makes it, empty and with mode 0600; SQLite gives its own files beside it the same mode.
    init(creatingAt path: String, createsDirectory: Bool) throws {
        var status = stat()
        if stat(path, &status) != 0, errno == ENOENT, !path.isEmpty, !path.utf8.contains(0) {
            let directory = Self.directory(of: path)
            if stat(directory, &status) != 0, errno == ENOENT {
                guard createsDirectory else {
                    throw SQLError(code: .cannotOpen, message: "\(path): no directory \(directory)")
                }
                try Self.makeDirectory(directory)
            }
            guard mknod(path, S_IFREG | 0o600, 0) == 0 || errno == EEXIST else {
                throw SQLError(path: path, systemError: errno)
            }
        }
        try self.init(at: path)
    }

    /// The same file as a connection has opened it, with its log.
    func opened() -> SQLiteFile {
        var file = self
        // An overlay file system copies a file when it is opened for writing, and may number the copy anew.
        if let identity = FileIdentity(at: path) { file.identity = identity }
        file.log = logPaths.map(FileIdentity.init(at:))
        return file
    }

    private var logPaths: [String] { ["\(path)-wal", "\(path)-shm"] }

    /// What is written to a file that is not at its path any more is lost with the last connection that has it open; what
    /// is written to a log that was removed, other processes do not see.
    /// - Throws: ``SQLError`` `replaced`.
    func check() throws {
        guard FileIdentity(at: path) == identity else {
            throw SQLError(code: .replaced, message: "\(path): deleted, moved or replaced while it was in use")
        }
        for case (let path, let identity?) in zip(logPaths, log) where FileIdentity(at: path) != identity {
            throw SQLError(code: .replaced, message: "\(path): deleted, moved or replaced while it was in use")
        }
    }

    /// The name to open for reading: on a medium that nobody can write to, SQLite needs to be told that it need
    /// not lock, or it asks for lock files that cannot be made there.
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

    /// Makes a directory, and those above it, with mode 0700.
    private static func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        guard errno == ENOENT, path.contains("/") else { throw SQLError(path: path, systemError: errno) }
        try makeDirectory(directory(of: path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SQLError(path: path, systemError: errno) }
    }
}

/// Which file stands at a path: its number, and the device that counts it.
struct FileIdentity: Hashable, Sendable {
    private let device: dev_t
    private let number: ino_t

    init(_ status: stat) { (device, number) = (status.st_dev, status.st_ino) }

    /// Nil where there is none.
    init?(at path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Nil where the descriptor is not open.
    init?(of descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }
}
