import EncodingKit
import FoundationEssentials
import Glibc
import PaymentCore
import Payments

/// Files given by the user: read within bounds, written atomically.
enum LocalFile {
    /// - Parameter what: a description of the file, for messages.
    static func read(_ path: String, maximumBytes: Int, what: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, what, errno) }
        defer { close(descriptor) }
        return try read(descriptor, path, maximumBytes: maximumBytes, what: what)
    }

    /// Reads a text file, such as a key or a configuration, as written by editors of any system: UTF-8, or UTF-16 with
    /// a byte order mark, which is removed.
    static func readText(_ path: String, maximumBytes: Int, what: String) throws -> String {
        let bytes = try read(path, maximumBytes: maximumBytes, what: what)
        guard let text = TextEncoding.text(of: bytes) else {
            throw Problem(
                .invalid, "file_unreadable",
                "\(path): \(what) starts with a UTF-16 byte order mark but is not valid UTF-16")
        }
        return text
    }

    /// Reads an open descriptor to its end.
    static func read(_ descriptor: Int32, _ name: String, maximumBytes: Int, what: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try nextChunk(of: descriptor, name, what: what) {
            bytes += chunk
            guard bytes.count <= maximumBytes else {
                throw Problem(.invalid, "file_too_large", "\(name): \(what) is larger than \(maximumBytes) bytes")
            }
        }
        return bytes
    }

    /// Reads a file, or standard input for `-`, in chunks.
    static func forEachChunk(_ path: String, what: String, _ body: ([UInt8]) async throws -> Void) async throws {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, what, errno) }
        defer { if path != "-" { close(descriptor) } }
        let name = path == "-" ? "standard input" : path
        while let chunk = try nextChunk(of: descriptor, name, what: what) { try await body(chunk) }
    }

    /// The next chunk; nil at the end.
    private static func nextChunk(of descriptor: Int32, _ name: String, what: String) throws -> [UInt8]? {
        var number: Int32 = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
            var result: Int
            repeat {
                result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            } while result < 0 && errno == EINTR
            if result < 0 { number = errno }
            count = max(0, result)
        }
        guard number == 0 else { throw unreadable(name, what, number) }
        return chunk.isEmpty ? nil : chunk
    }

    /// Writes a whole file, so that a reader sees the old content or the new one: a ``FileDraft`` in one piece.
    /// - Parameter mode: the permissions, `0o600` for secrets.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws {
        let draft = try FileDraft(path, mode: mode)
        try draft.append(bytes)
        try draft.keep()
    }

    /// Creates a secret file durably, readable only by its owner; of concurrent processes, the
    /// first one's stays.
    static func makeSecret(_ bytes: [UInt8], at path: String) throws {
        let draft = try FileDraft(path, mode: 0o600)
        try draft.append(bytes)
        try draft.keepIfAbsent()
    }

    /// Nil if it does not exist.
    static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// Writes all of the bytes to an open descriptor, waiting when it is full.
    /// - Returns: the `errno`; 0 when everything is written.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Another process that shares the descriptor has made it non-blocking.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    /// Creates a directory and its parents if missing.
    static func makeDirectory(_ path: String) throws {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw OutputFailure(path: path, ENOTDIR) }
            return
        }
        guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
        let above = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        guard errno == ENOENT, !above.isEmpty else { throw OutputFailure(path: path, errno) }
        try makeDirectory(above)
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw OutputFailure(path: path, errno) }
    }

    /// Creates a directory only the user can access, with an unguessable name.
    static func makeTemporaryDirectory(in parent: String) throws -> String {
        let template = "\(parent)/qrpay-XXXXXX"
        var name = Array(template.utf8CString)
        guard mkdtemp(&name) != nil else { throw OutputFailure(path: template, errno) }
        return String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func unreadable(_ path: String, _ what: String, _ code: Int32) -> Problem {
        code == ENOENT
            ? Problem(.notFound, "file_not_found", "\(path): file not found (\(what))")
            : Problem(.invalid, "file_unreadable", "\(path): cannot read \(what): \(reason(code))")
    }

    /// The system's words for an error number.
    static func reason(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}
