import CommandLineKit
import Glibc
import Payments

/// A file written in pieces that appears atomically; all files are written this way.
///
/// Until kept it has no name, so that nothing is left if writing is abandoned, killed or out of disk space. If the
/// file system does not support that, it has an unguessable name and is locked while its process lives; see
/// ``FileLeftovers``. Symbolic links are followed. A file that is not regular, such as a pipe or a
/// device, is written to directly instead of replaced.
final class FileDraft {
    /// As the user named it, for messages.
    private let path: String
    /// The final path; nil for a file written to directly.
    private let target: String?
    private let descriptor: Int32
    /// The temporary name, if it has one.
    private var name: String?

    /// - Parameter mode: the permissions, `0o600` for secrets.
    /// - Throws: ``OutputFailure``.
    init(_ path: String, mode: mode_t = 0o644) throws {
        self.path = path
        target = Self.target(path)
        guard let target else {
            descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw OutputFailure(path: path, errno) }
            return
        }
        let directory = Self.directory(of: target)
        FileLeftovers.clean(directory)
        let nameless = Self.openNameless(in: directory, mode)
        if nameless >= 0 {
            descriptor = nameless
            return
        }
        let named = Self.openNamed(in: directory, mode)
        guard named.descriptor >= 0 else {
            descriptor = -1
            throw OutputFailure(path: path, errno)
        }
        descriptor = named.descriptor
        name = named.name
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if let name { unlink(name) }
    }

    func append(_ bytes: [UInt8]) throws {
        let status = LocalFile.write(bytes, to: descriptor)
        guard status == 0 else { throw OutputFailure(path: path, status) }
    }

    /// Puts the file in its place.
    func keep() throws {
        try sync()
        guard let target else { return }
        // A temporary name is needed only to replace an existing file.
        if name == nil, give(target) { return }
        let temporary = try name ?? temporaryName(for: target)
        name = temporary
        guard rename(temporary, target) == 0 else { throw OutputFailure(path: path, errno) }
        name = nil
    }

    /// Puts the file in its place durably, unless one exists already, which is kept.
    func keepIfAbsent() throws {
        try sync()
        guard let target else { return }
        guard name.map({ link($0, target) == 0 }) ?? give(target) || errno == EEXIST else {
            throw OutputFailure(path: path, errno)
        }
        let directory = open(Self.directory(of: target), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if directory >= 0 { close(directory) } }
        guard directory >= 0, fsync(directory) == 0 || errno == EINVAL else { throw OutputFailure(path: path, errno) }
    }

    private func sync() throws {
        // Pipes and devices have nothing to sync.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
            throw OutputFailure(path: path, errno)
        }
    }

    // MARK: Names

    /// The file that writing to `path` replaces, existing or not; nil for a pipe or a device.
    private static func target(_ path: String) -> String? {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { return nil }
        if let real = LocalFile.realPath(path) { return real }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let directory = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
        guard let name = parts.last, !name.isEmpty, let real = LocalFile.realPath(directory) else { return path }
        return real == "/" ? "/\(name)" : "\(real)/\(name)"
    }

    private static func directory(of target: String) -> String {
        guard let slash = target.lastIndex(of: "/") else { return "." }
        return slash == target.startIndex ? "/" : String(target[..<slash])
    }

    private static func openNameless(in directory: String, _ mode: mode_t) -> Int32 {
        // Its path, to link a name to.
        guard access("/proc/self/fd", X_OK) == 0 else { return -1 }
        let temporaryFile: Int32 = 0o20000000 | O_DIRECTORY  // O_TMPFILE
        let descriptor = open(directory, temporaryFile | O_WRONLY | O_CLOEXEC, mode)
        if descriptor >= 0 { flock(descriptor, LOCK_EX | LOCK_NB) }
        return descriptor
    }

    private static func openNamed(in directory: String, _ mode: mode_t) -> (descriptor: Int32, name: String?) {
        while true {
            let name = FileLeftovers.newName(in: directory)
            let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
            guard descriptor >= 0 else {
                if errno == EEXIST { continue }
                return (-1, nil)
            }
            var status = stat()
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &status) == 0, status.st_nlink > 0 {
                return (descriptor, name)
            }
            // Removed by a concurrent cleanup before it was locked.
            close(descriptor)
        }
    }

    private func temporaryName(for target: String) throws -> String {
        while true {
            let name = FileLeftovers.newName(in: Self.directory(of: target))
            if give(name) { return name }
            guard errno == EEXIST else { throw OutputFailure(path: path, errno) }
        }
    }

    /// Gives a nameless file a name that is free.
    private func give(_ name: String) -> Bool {
        linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
    }

    /// - Parameter outputs: options with output files.
    /// - Throws: ``Problem`` `usage` when two of them name the same file, since one would be lost.
    static func checkDistinct(_ outputs: [Option<String?>], of options: ParsedOptions) throws {
        var seen: [String: String] = [:]
        for output in outputs {
            guard let target = options[output].flatMap(target) else { continue }
            if let other = seen.updateValue(output.label, forKey: target) {
                throw Problem(.invalid, "usage", "\(other) and \(output.label) name the same file")
            }
        }
    }
}
