internal import CEpoll
internal import CPQ
import Glibc
import LibraryKit
import SQLKit
import Synchronization

/// One libpq connection, used by one thread at a time. Every wait has a deadline.
final class PostgresWire {
    let pq: PQFunctions
    let handle: OpaquePointer
    private let waker: PostgresWaker
    /// The interrupt of the current use; when it is set, the running statement is canceled.
    var interrupt: PostgresInterrupt?
    /// Whether the connection can no longer be used.
    private(set) var isBroken = false

    /// How long the server has to answer a cancel request.
    private static let cancelSeconds = 5.0

    init(_ handle: OpaquePointer, _ pq: PQFunctions, waker: PostgresWaker) {
        (self.handle, self.pq, self.waker) = (handle, pq, waker)
        _ = pq.PQsetnonblocking(handle, 1)
        // Without a receiver, libpq prints notices to standard error.
        _ = pq.PQsetNoticeReceiver(handle, { _, _ in }, nil)
    }

    deinit { pq.PQfinish(handle) }

    /// Marks the connection as broken, whatever its state.
    func abandon() { isBroken = true }

    /// Whether the server has closed an idle connection. It does not wait.
    func hasEnded() -> Bool {
        var entry = pollfd(fd: pq.PQsocket(handle), events: Int16(POLLIN), revents: 0)
        // Unrequested input is a notice, or the server closing the connection.
        while !isBroken, poll(&entry, 1, 0) > 0 {
            if pq.PQconsumeInput(handle) != 1 || pq.PQstatus(handle) == CONNECTION_BAD { isBroken = true }
            if pq.PQisBusy(handle) == 0, let result = pq.PQgetResult(handle) {
                pq.PQclear(result)
                isBroken = true
            }
        }
        return isBroken
    }

    /// The next result of the commands sent.
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

    /// Asks the server to cancel the running statement. The request uses a separate connection and may take any time.
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

    /// Waits until the socket is ready, the waker wakes it, or the deadline has passed.
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

/// A request to cancel the statement that a connection is running.
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
    /// Readable after a wake.
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

/// Interrupts one use of a connection.
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
