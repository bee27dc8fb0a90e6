import CommandLineKit
import Glibc
import Payments

/// A file that is written piece by piece, and is there whole or not at all: the one way in which files are written.
///
/// Until it is kept it has no name, so that nothing is left of one that is given up, killed or out of room. Where the
/// file system cannot do that, it has a name that cannot be guessed, and is locked for as long as its process lives; see
/// ``FileLeftovers``. Through a symbolic link, the file that it leads to. What is no regular file, such as a pipe or a
/// device, is not replaced but written to.
final class FileDraft {
    /// As the user named it, for messages.
    private let path: String
    /// Where it belongs; nil for what is written to at once.
    private let target: String?
    private let descriptor: Int32
    /// What it is called before it is kept, if it has a name at all.
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

    /// Puts what was written in the file's place.
    func keep() throws {
        try sync()
        guard let target else { return }
        // A name of its own is only needed where there is something to replace.
        if name == nil, give(target) { return }
        let temporary = try name ?? temporaryName(for: target)
        name = temporary
        guard rename(temporary, target) == 0 else { throw OutputFailure(path: path, errno) }
        name = nil
    }

    /// Puts what was written in the file's place, for good, unless there is something already, which stays.
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

    private static func directory(of target: String) -> String {
        guard let slash = target.lastIndex(of: "/") else { return "." }
        return slash == target.startIndex ? "/" : String(target[..<slash])
    }

    private static func openNameless(in directory: String, _ mode: mode_t) -> Int32 {
        // Its way to a name.
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
            // Somebody who cleans up was faster than the lock.
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
}
