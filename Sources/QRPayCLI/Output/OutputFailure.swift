import Glibc
import Payments
import Synchronization

/// A result that could not be written, for any reason other than a closed pipe.
package struct OutputFailure: Error, Hashable, Sendable {
    package var message: String
    /// Whether the path given is unusable, which is the caller's mistake; otherwise the write failed.
    var isBadPlace: Bool

    /// - Parameter number: an `errno`.
    init(path: String, _ number: Int32) {
        message = "\(path): cannot be written: \(LocalFile.reason(number))"
        isBadPlace = Self.badPlaces.contains(number)
    }

    /// - Parameters:
    ///   - stream: its name, `standard output`.
    ///   - number: an `errno`.
    package init(stream: String, _ number: Int32) {
        message = "\(stream) cannot be written: \(LocalFile.reason(number))"
        isBadPlace = false
    }

    private static let badPlaces: Set<Int32> = [
        ENOENT, EACCES, EPERM, EISDIR, ENOTDIR, EROFS, ELOOP, ENAMETOOLONG, ENXIO, EINVAL, ETXTBSY, EBUSY, ENOTEMPTY,
    ]

    /// The error to report: what was done comes first.
    func problem(after deeds: Deeds) -> Problem {
        let (done, look) = deeds.all
        guard !done.isEmpty else {
            return isBadPlace
                ? Problem(.invalid, "cannot_write", message) : Problem(.unwritten, "result_not_written", message)
        }
        return Problem(
            .unwritten, "result_not_written", "\(done.joined(separator: "; ")); this is done, but \(message)",
            hint: look.map { "check with '\($0)'; do not repeat the command" })
    }
}

/// What a command has done irrevocably: reported when its result cannot be written, so that it is not done twice.
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
    /// Records an irrevocable effect.
    /// - Parameters:
    ///   - text: the effect: `order 7f3c is CLEARED`.
    ///   - look: a read-only command that shows it.
    func did(_ text: String, look: String? = nil) { deeds.add(text, look) }
}
