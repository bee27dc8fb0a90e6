import Glibc

/// Where a database file really is; found, checked and made without ever opening it.
///
/// To close any descriptor of a file drops all locks that the process has on it, SQLite's among them
/// (sqlite.org/howtocorrupt.html, 2.2): so no descriptor of it is ever made here.
struct SQLiteFile {
    /// Absolute, without symbolic links: two ways to name a file must lead to one lock.
    let path: String

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
