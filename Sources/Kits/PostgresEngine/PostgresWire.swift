internal import CEpoll
internal import CPQ
import Glibc
import LibraryKit
import SQLKit
import Synchronization

/// One connection of libpq, used by one thread at a time, which never waits longer than it is told.
final class PostgresWire {
    let pq: PQFunctions
    let handle: OpaquePointer
    private let waker: PostgresWaker
    /// Tells the wire to cancel the running statement; set while a task can be canceled.
    var interrupt: PostgresInterrupt?
    /// Whether nothing more can be done with it.
    private(set) var isBroken = false

    /// How long the server has to answer a request to cancel.
    private static let cancelSeconds = 5.0

    init(_ handle: OpaquePointer, _ pq: PQFunctions, waker: PostgresWaker) {
        (self.handle, self.pq, self.waker) = (handle, pq, waker)
        _ = pq.PQsetnonblocking(handle, 1)
        // Without a receiver they go to standard error.
        _ = pq.PQsetNoticeReceiver(handle, { _, _ in }, nil)
    }

    deinit { pq.PQfinish(handle) }

    /// Gives up the connection: it may be in any state.
    func abandon() { isBroken = true }

    /// Whether an idle connection has been closed by the server; looks without waiting.
    func hasEnded() -> Bool {
        var entry = pollfd(fd: pq.PQsocket(handle), events: Int16(POLLIN), revents: 0)
        // What comes unasked are notices, and the news that the server ends.
        while !isBroken, poll(&entry, 1, 0) > 0 {
            if pq.PQconsumeInput(handle) != 1 || pq.PQstatus(handle) == CONNECTION_BAD { isBroken = true }
            if pq.PQisBusy(handle) == 0, let result = pq.PQgetResult(handle) {
                pq.PQclear(result)
                isBroken = true
            }
        }
        return isBroken
    }

    /// The next result of what was sent.
    /// - Parameter silenceSeconds: how long the server may be silent.
    /// - Returns: nil after the last result of a command.
    /// - Throws: ``SQLError`` `unreachable`, `timedOut`.
    func nextResult(silenceSeconds: Double) throws(SQLError) -> OpaquePointer? {
        var deadline = ContinuousClock.now + .seconds(silenceSeconds)
        var isCanceling = false
        while true {
            let unsent = pq.PQflush(handle)
            guard unsent >= 0 else { throw lost() }
            if pq.PQisBusy(handle) == 0 { return pq.PQgetResult(handle) }
            if !isCanceling, let interrupt, interrupt.isSet {
                isCanceling = true
                deadline = min(deadline, ContinuousClock.now + .seconds(Self.cancelSeconds))
                cancel()
            }
            switch wait(reading: true, writing: unsent == 1, until: deadline) {
            case .ready: guard pq.PQconsumeInput(handle) == 1 else { throw lost() }
            case .woken: continue
            case .late:
                isBroken = true
                throw SQLError(
                    code: .timedOut, message: "the server has not answered for \(Int(silenceSeconds)) seconds")
            }
        }
    }

    /// Asks the server to end the running statement. Asking is a connection of its own, and may take any time.
    private func cancel() {
        guard let request = pq.PQgetCancel(handle) else { return }
        let cancel = Unmanaged.passRetained(CancelRequest(request, pq))
        let address = UInt(bitPattern: cancel.toOpaque())
        let isStarted = OwningThread.start {
            guard let pointer = UnsafeRawPointer(bitPattern: address) else { return }
            Unmanaged<CancelRequest>.fromOpaque(pointer).takeRetainedValue().send()
        }
        if !isStarted { cancel.release() }
    }

    func lost() -> SQLError {
        isBroken = true
        let reason = PostgresLibrary.text(pq.PQerrorMessage(handle)).prefix { $0 != "\n" }
        return .unreachable(reason.isEmpty ? "the connection was lost" : "the connection was lost: \(reason)")
    }

    enum Waiting { case ready, woken, late }

    /// Waits for the socket, or until somebody wakes.
    func wait(reading: Bool, writing: Bool, until deadline: ContinuousClock.Instant) -> Waiting {
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return .late }
            var events: Int16 = 0
            if reading { events |= Int16(POLLIN) }
            if writing { events |= Int16(POLLOUT) }
            var entries = [
                pollfd(fd: pq.PQsocket(handle), events: events, revents: 0),
                pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&entries, 2, Self.milliseconds(left))
            if count < 0, errno != EINTR { return .ready }
            guard count > 0 else { continue }
            if entries[1].revents != 0 {
                waker.drain()
                if entries[0].revents == 0 { return .woken }
            }
            return .ready
        }
    }

    fileprivate static func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        return Int32(clamping: min(seconds, 86_400) * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }
}

/// A request to end what a connection runs.
private final class CancelRequest {
    private let request: OpaquePointer
    private let pq: PQFunctions

    init(_ request: OpaquePointer, _ pq: PQFunctions) { (self.request, self.pq) = (request, pq) }

    deinit { pq.PQfreeCancel(request) }

    func send() {
        var message = [CChar](repeating: 0, count: 256)
        _ = pq.PQcancel(request, &message, Int32(message.count))
    }
}

/// Wakes a thread that waits for a socket.
final class PostgresWaker: Sendable {
    /// Readable once it was woken.
    let descriptor: Int32

    init() { descriptor = cepoll_make_alarm() }

    deinit { close(descriptor) }

    func wake() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Waits to be woken.
    func wait(until deadline: ContinuousClock.Instant) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let left = deadline - ContinuousClock.now
        if left > .zero, poll(&entry, 1, PostgresWire.milliseconds(left)) > 0 { drain() }
    }

    func drain() {
        var value: UInt64 = 0
        _ = read(descriptor, &value, 8)
    }
}

/// Asks for the end of one use of a connection.
final class PostgresInterrupt: Sendable {
    private let flag = Atomic(false)
    private let waker: PostgresWaker

    init(_ waker: PostgresWaker) { self.waker = waker }

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() {
        flag.store(true, ordering: .releasing)
        waker.wake()
    }
}
