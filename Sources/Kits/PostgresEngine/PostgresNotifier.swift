internal import CPQ
import Dispatch
import EncodingKit
import LibraryKit
import SQLKit
import Synchronization

/// Signals between processes: LISTEN and NOTIFY on a separate connection, which never keeps a transaction open and so
/// delays neither commits nor vacuum.
///
/// Its thread starts on first use, reconnects whenever the connection is lost, and ends with ``close()``.
final class PostgresNotifier: Sendable {
    private struct State {
        var isStarted = false
        var isClosed = false
        var hasEnded = false
        var listeners: [Int: (channel: String, continuation: AsyncStream<Void>.Continuation)] = [:]
        var lastListener = 0
        /// Channels to signal.
        var pending: Set<String> = []
        var closer: CheckedContinuation<Void, Never>?
    }

    /// The shortest time between two signals of a channel.
    private static let period = Duration.milliseconds(20)
    /// How long ``close()`` waits for pending signals to be sent.
    private static let lastSeconds = 2.0

    private let options: PostgresOptions
    private let schema: String
    private let waker = PostgresWaker()
    private let interrupt: PostgresInterrupt
    private let state = Mutex(State())

    /// - Parameter schema: stores in different schemas use different channels.
    init(_ options: PostgresOptions, schema: String) {
        (self.options, self.schema) = (options, schema)
        interrupt = PostgresInterrupt(waker)
    }

    /// - Returns: nil behind a pooler, where a backend belongs to this client only during a transaction.
    func signals(_ channel: String) -> AsyncStream<Void>? {
        guard !options.usesPooler else { return nil }
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state -> Int? in
            guard !state.isClosed else { return nil }
            state.lastListener += 1
            state.listeners[state.lastListener] = (channel, continuation)
            return state.lastListener
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
        }
        start()
        return stream
    }

    func signal(_ channel: String) {
        tell(channel)
        let isNews = state.withLock { !$0.isClosed && $0.pending.insert(channel).inserted }
        if isNews { start() }
    }

    /// Sends the pending signals, then ends.
    func close() async {
        let listeners = state.withLock { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return state.listeners
        }
        for listener in listeners.values { listener.continuation.finish() }
        waker.wake()
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                let isOver = !state.isStarted || state.hasEnded || state.closer != nil
                if !isOver { state.closer = continuation }
                return isOver
            }
            guard !isOver else { return continuation.resume() }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.lastSeconds) { [self] in
                interrupt.set()
                endWaiting()
            }
        }
    }

    private func endWaiting() {
        let closer = state.withLock { state in
            defer { state.closer = nil }
            return state.closer
        }
        closer?.resume()
    }

    private func start() {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { return waker.wake() }
        let isRunning = OwningThread.start { [self] in
            run()
            state.withLock { $0.hasEnded = true }
            endWaiting()
        }
        if !isRunning { state.withLock { $0.isStarted = false } }
    }

    /// Wakes the listeners of a channel in this process; nil for all channels.
    private func tell(_ channel: String?) {
        let continuations = state.withLock { state in
            state.listeners.values.filter { channel == nil || $0.channel == channel }.map(\.continuation)
        }
        for continuation in continuations { continuation.yield() }
    }

    // MARK: On its thread

    private func run() {
        var link: Link?
        var pause = Duration.milliseconds(100)
        var sent: [String: ContinuousClock.Instant] = [:]
        while true {
            let (isClosed, pending, channels) = state.withLock {
                ($0.isClosed, $0.pending, Set($0.listeners.values.map(\.channel)))
            }
            if isClosed, pending.isEmpty { return }
            do {
                let open = try link ?? Link(options, waker, interrupt)
                link = open
                pause = .milliseconds(100)
                for channel in channels.subtracting(open.listening) {
                    try open.listen(channel, as: name(of: channel))
                    // Signals sent before LISTEN were missed.
                    tell(channel)
                }
                let now = ContinuousClock.now
                let due = pending.filter { channel in isClosed || sent[channel].map { $0 + Self.period <= now } ?? true
                }
                if !due.isEmpty {
                    state.withLock { $0.pending.subtract(due) }
                    try open.notify(due.map(name))
                    for channel in due { sent[channel] = now }
                }
                let next = pending.subtracting(due).compactMap { sent[$0] }.min().map { $0 + Self.period }
                for name in try open.wait(until: next ?? now + .seconds(60)) {
                    for channel in channels where self.name(of: channel) == name { tell(channel) }
                }
            } catch {
                link = nil
                if isClosed || interrupt.isSet { return }
                waker.wait(until: .now + pause)
                pause = min(pause * 2, .seconds(5))
            }
        }
    }

    /// At most 63 bytes, the server's limit.
    func name(of channel: String) -> String {
        let name = "qrpay.\(schema).\(channel)"
        guard name.utf8.count > 63 else { return name }
        var hash = StableHash()
        hash.combine(name.utf8)
        return "qrpay." + String(hash.value, radix: 16)
    }
}

/// A connection that listens and notifies.
private final class Link {
    private let session: PostgresSession
    private(set) var listening: Set<String> = []

    init(_ options: PostgresOptions, _ waker: PostgresWaker, _ interrupt: PostgresInterrupt) throws {
        session = try PostgresConnector(options, waker: waker, interrupt: interrupt).connect()
        session.wire.interrupt = interrupt
    }

    func listen(_ channel: String, as name: String) throws(SQLError) {
        try session.script("LISTEN \(PostgresSession.quoted(name))")
        listening.insert(channel)
    }

    func notify(_ names: [String]) throws(SQLError) {
        try session.script(names.map { "NOTIFY \(PostgresSession.quoted($0))" }.joined(separator: "; "))
    }

    /// Channels that other connections have signaled; returns when there are any, when woken, and at the deadline.
    func wait(until deadline: ContinuousClock.Instant) throws(SQLError) -> Set<String> {
        let arrived = session.wire.notifications()
        guard arrived.isEmpty else { return arrived }
        guard case .ready = session.wire.wait(reading: true, writing: false, until: deadline) else { return [] }
        guard !session.wire.hasEnded() else { throw session.wire.lost() }
        return session.wire.notifications()
    }
}

extension PostgresWire {
    /// Channels of the notifications that have arrived from other connections.
    fileprivate func notifications() -> Set<String> {
        var names: Set<String> = []
        while let notification = pq.PQnotifies(handle) {
            defer { pq.PQfreemem(notification) }
            if notification.pointee.be_pid != pq.PQbackendPID(handle) {
                names.insert(String(cString: notification.pointee.relname))
            }
        }
        return names
    }
}
