import Glibc
import Payments
import Synchronization

/// A result that could not be written where it belongs, for whatever reason but a reader that has gone.
package struct OutputFailure: Error, Hashable, Sendable {
    package var message: String
    /// Whether the place that was named cannot be one, which is the caller's mistake; otherwise the place failed.
    var isBadPlace: Bool

    /// - Parameter number: an `errno`.
    init(path: String, _ number: Int32) {
        message = "\(path): cannot be written: \(LocalFile.reason(number))"
        isBadPlace = Self.badPlaces.contains(number)
    }

    /// - Parameters:
    ///   - stream: what it is called, `standard output`.
    ///   - number: an `errno`.
    package init(stream: String, _ number: Int32) {
        message = "\(stream) cannot be written: \(LocalFile.reason(number))"
        isBadPlace = false
    }

    private static let badPlaces: Set<Int32> = [
        ENOENT, EACCES, EPERM, EISDIR, ENOTDIR, EROFS, ELOOP, ENAMETOOLONG, ENXIO, EINVAL, ETXTBSY, EBUSY, ENOTEMPTY,
    ]

    /// What is told of it: what was done all the same comes first.
    func problem(after deeds: Deeds) -> Problem {
        let (done, look) = deeds.all
        guard !done.isEmpty else {
            return isBadPlace
                ? Problem(.invalid, "cannot_write", message) : Problem(.unwritten, "result_not_written", message)
        }
        return Problem(
            .unwritten, "result_not_written", "\(done.joined(separator: "; ")); this is done, but \(message)",
            hint: look.map { "look with '\($0)'; do not do it again" })
    }
}

/// What a command has done for good so far: told where its result cannot be written, so that nobody does it twice.
package final class Deeds: Sendable {
    private let state = Mutex<(done: [String], look: String?)>(([], nil))

    package init() {}

    var all: (done: [String], look: String?) { state.withLock { $0 } }

    fileprivate func add(_ text: String, _ look: String?) {
        state.withLock { state in
            state.done.append(text)
            if let look { state.look = look }
        }
    }
}

extension Context {
    /// Notes what has been done for good.
    /// - Parameters:
    ///   - text: what, on what: `order 7f3c is CLEARED`.
    ///   - look: the command that shows it and changes nothing.
    func did(_ text: String, look: String? = nil) { deeds.add(text, look) }
}
