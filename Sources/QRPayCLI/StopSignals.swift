import Dispatch
import Glibc
import Synchronization

/// SIGINT and SIGTERM, delivered to waiting tasks. Until they are held, they end the process as usual.
final class StopSignals: Sendable {
    private struct State {
        var received: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    /// Held from the first use on.
    static let shared = StopSignals()

    /// The pipe written by the signal handler, where little else is allowed; -1 if the system has no descriptors left.
    private static let pipe: (reader: Int32, writer: Int32) = {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { return (-1, -1) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }()

    private let state = Mutex(State())

    private init() {
        let reader = Self.pipe.reader
        guard reader >= 0 else { return }
        DispatchQueue(label: "qrpay.signals").async { [self] in
            var number: UInt8 = 0
            while true {
                switch read(reader, &number, 1) {
                case 1: receive(Int32(number))
                case let count where count < 0 && errno == EINTR: continue
                default: return
                }
            }
        }
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                let before = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(StopSignals.pipe.writer, &byte, 1)
                errno = before
            }
        }
    }

    /// The number of the first signal, already received or awaited.
    func wait() async -> Int32 {
        await withCheckedContinuation { continuation in
            let received: Int32? = state.withLock { state in
                if state.received == nil { state.waiting.append(continuation) }
                return state.received
            }
            if let received { continuation.resume(returning: received) }
        }
    }

    private func receive(_ number: Int32) {
        let waiting: [CheckedContinuation<Int32, Never>]? = state.withLock { state in
            guard state.received == nil else { return nil }
            state.received = number
            defer { state.waiting = [] }
            return state.waiting
        }
        // A second signal ends the process immediately.
        guard let waiting else { _exit(128 + number) }
        for continuation in waiting { continuation.resume(returning: number) }
    }
}
