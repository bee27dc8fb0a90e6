import Glibc

/// What this process has written so far.
enum ProcessIO {
    /// Bytes passed to write calls on files; nil where /proc is not available.
    ///
    /// Source: `wchar` of /proc/self/io, proc_pid_io(5). Bytes sent over sockets are not included.
    static var written: Int? {
        let descriptor = open("/proc/self/io", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        for line in String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("wchar: ") {
            return Int(line.dropFirst("wchar: ".count))
        }
        return nil
    }
}
