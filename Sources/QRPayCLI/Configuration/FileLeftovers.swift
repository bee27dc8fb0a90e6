import Glibc
import Synchronization

/// Unfinished files of dead processes: `.qrpay-` and 16 random digits.
///
/// The writing process holds a lock on its file (flock(2)), which is released however the process ends.
enum FileLeftovers {
    private static let prefix = ".qrpay-"
    private static let suffix = ".tmp"
    private static let digits = 16

    private static let cleaned = Mutex<Set<String>>([])

    /// An unguessable name.
    static func newName(in directory: String) -> String {
        let text = String(UInt64.random(in: .min ... .max), radix: 16)
        let number = String(repeating: "0", count: digits - text.count) + text
        return "\(directory == "/" ? "" : directory)/\(prefix)\(number)\(suffix)"
    }

    /// Removes files left by dead processes in a directory, once per process.
    static func clean(_ directory: String) {
        guard cleaned.withLock({ $0.insert(directory).inserted }), let stream = opendir(directory) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if isOurs(name) { removeIfAbandoned("\(directory)/\(name)") }
        }
    }

    static func isOurs(_ name: String) -> Bool {
        name.hasPrefix(prefix) && name.hasSuffix(suffix)
            && name.utf8.count == prefix.utf8.count + digits + suffix.utf8.count
            && name.dropFirst(prefix.count).dropLast(suffix.count).utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
            }
    }

    private static func removeIfAbandoned(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            flock(descriptor, LOCK_EX | LOCK_NB) == 0
        else { return }
        unlink(path)
    }
}
