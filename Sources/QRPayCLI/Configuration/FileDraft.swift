import CommandLineKit
import Glibc
import QRPayServices

/// A file that is written piece by piece beside its place, and is there whole or not at all.
///
/// Through a symbolic link, the file that it leads to. What is no regular file, such as a pipe or a device, is not replaced
/// but written to.
final class FileDraft {
    /// As the user named it, for messages.
    private let path: String
    /// Where it belongs; nil for what is written to at once.
    private let target: String?
    private let name: String
    private let descriptor: Int32
    private var isKept = false

    /// - Parameter mode: the permissions, `0o600` for secrets.
    /// - Throws: ``Problem`` `cannot_write`.
    init(_ path: String, mode: mode_t = 0o644) throws {
        self.path = path
        target = Self.target(path)
        name = target.map { "\($0).\(getpid()).tmp" } ?? path
        let flags = target == nil ? O_WRONLY : O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
        descriptor = open(name, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            isKept = true
            throw LocalFile.unwritable(path, errno)
        }
    }

    /// The file that is replaced when it is written to `path`, there already or not; nil for a pipe or a device.
    private static func target(_ path: String) -> String? {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { return nil }
        if let real = LocalFile.realPath(path) { return real }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let directory = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
        guard let name = parts.last, !name.isEmpty, let real = LocalFile.realPath(directory) else { return path }
        return real == "/" ? "/\(name)" : "\(real)/\(name)"
    }

    /// - Parameter names: of options with files that are written.
    /// - Throws: ``Problem`` `usage` where two of them name the same file, of which one would be lost.
    static func checkDistinct(_ names: [String], of options: ParsedOptions) throws {
        var seen: [String: String] = [:]
        for name in names {
            guard let target = options.value(name).flatMap(target) else { continue }
            if let other = seen.updateValue(name, forKey: target) {
                throw Problem(.invalid, "usage", "--\(other) and --\(name) name the same file")
            }
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if !isKept, target != nil { unlink(name) }
    }

    func append(_ bytes: [UInt8]) throws {
        let status = LocalFile.write(bytes, to: descriptor)
        guard status == 0 else { throw LocalFile.unwritable(path, status) }
    }

    /// Puts what was written in the file's place.
    func keep() throws {
        // Pipes and devices have nothing to sync.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
            throw LocalFile.unwritable(path, errno)
        }
        if let target {
            guard rename(name, target) == 0 else { throw LocalFile.unwritable(path, errno) }
        }
        isKept = true
    }
}
