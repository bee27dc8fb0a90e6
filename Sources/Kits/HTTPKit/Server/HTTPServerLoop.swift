internal import CEpoll
import Glibc
import Synchronization

/// The mailbox through which tasks send messages to a loop's connections.
final class HTTPServerMailbox: Sendable {
    /// A message from a task to its connection's thread.
    enum Message: Sendable {
        /// Nil grants permission.
        case admission(HTTPServerAnswer?)
        case answer(HTTPServerAnswer)
        /// Part of a streamed body.
        case piece([UInt8])
        /// A streamed body has ended, complete or broken off.
        case streamEnded(isComplete: Bool)
    }

    enum Mail: Sendable {
        case message(Message, connection: UInt64)
        /// A connection that other loops could not accept, and the number of loops it may still be offered to.
        case arrival(descriptor: Int32, PeerAddress, offers: Int)
    }

    private struct State {
        var mail: [Mail] = []
        /// -1 once the loop has ended.
        var wakeDescriptor: Int32
    }

    private let state: Mutex<State>

    init(wakeDescriptor: Int32) { state = Mutex(State(wakeDescriptor: wakeDescriptor)) }

    func post(_ connection: UInt64, _ message: Message) {
        post(.message(message, connection: connection))
    }

    func post(_ mail: Mail) {
        state.withLock { state in
            if case .arrival(let descriptor, _, _) = mail, state.wakeDescriptor < 0 {
                close(descriptor)
                return
            }
            state.mail.append(mail)
            if state.mail.count == 1 { Self.notify(state.wakeDescriptor) }
        }
    }

    func wake() { state.withLock { Self.notify($0.wakeDescriptor) } }

    func take() -> [Mail] {
        state.withLock { state in
            defer { state.mail = [] }
            return state.mail
        }
    }

    /// Called before the eventfd is closed.
    func detach() { state.withLock { $0.wakeDescriptor = -1 } }

    private static func notify(_ wakeDescriptor: Int32) {
        guard wakeDescriptor >= 0 else { return }
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }
}

/// Accepts and serves connections on one thread until it is stopped.
final class HTTPServerLoop {
    private static let wakeNumber: UInt64 = 0
    private static let listenerNumber: UInt64 = 1
    private static let maximumEvents = 256
    private static let maximumAcceptsAtOnce = 64
    /// The precision of deadlines.
    private static let sweepNanoseconds: UInt64 = 250_000_000

    let epoll: Int32
    let mailbox: HTTPServerMailbox
    /// Receive buffer shared by all connections.
    let buffer: UnsafeMutableRawBufferPointer
    var writer = HTTPResponseWriter()
    /// The loop that is offered connections this one cannot accept; set before it runs.
    var next: HTTPServerMailbox?
    /// Monotonic time in nanoseconds at the last wake-up.
    private(set) var now: UInt64 = 0
    private let core: HTTPServerCore
    private let listener: Int32
    private let wakeDescriptor: Int32
    private var isListening = false
    private var isNextsTurn = false
    /// By descriptor.
    private var connections: [HTTPServerConnection?] = []
    private var connectionCount = 0
    private var lastNumber: UInt64 = 1
    private var nextSweep: UInt64 = 0

    init(listener: Int32, core: HTTPServerCore) throws(SystemError) {
        self.listener = listener
        self.core = core
        epoll = cepoll_create()
        wakeDescriptor = cepoll_make_alarm()
        mailbox = HTTPServerMailbox(wakeDescriptor: wakeDescriptor)
        buffer = .allocate(byteCount: core.limits.maximumHeaderBytes, alignment: 1)
        guard epoll >= 0, wakeDescriptor >= 0,
            cepoll_add(epoll, wakeDescriptor, CEPOLL_READABLE, Self.wakeNumber) == 0
        else { throw SystemError(number: errno) }
    }

    deinit {
        buffer.deallocate()
        if wakeDescriptor >= 0 { close(wakeDescriptor) }
        if epoll >= 0 { close(epoll) }
    }

    /// - Parameter isEnding: checked after each wake-up.
    func run(until isEnding: () -> Bool) {
        var events = [epoll_event](repeating: epoll_event(), count: Self.maximumEvents)
        listen()
        while !isEnding() {
            let count = epoll_wait(epoll, &events, Int32(events.count), timeout)
            now = Self.clock()
            for index in 0..<max(0, Int(count)) { dispatch(events[index].events, events[index].data.u64) }
            for mail in mailbox.take() { deliver(mail) }
            if now >= nextSweep { sweep() }
        }
        mailbox.detach()
        for mail in mailbox.take() { deliver(mail) }
        for connection in connections { connection?.close(cancelingTask: true) }
    }

    func deadline(in seconds: Double) -> UInt64 { now + UInt64(min(max(seconds, 0), 86_400) * 1e9) }

    func forget(_ connection: HTTPServerConnection) {
        connections[Int(connection.descriptor)] = nil
        connectionCount -= 1
    }

    private var timeout: Int32 {
        connectionCount == 0 && isListening ? -1 : Int32(Self.sweepNanoseconds / 1_000_000)
    }

    private static func clock() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private func dispatch(_ happened: UInt32, _ number: UInt64) {
        switch number {
        case Self.wakeNumber:
            var count: UInt64 = 0
            _ = read(wakeDescriptor, &count, MemoryLayout<UInt64>.size)
            if core.isStopping { stop() }
        case Self.listenerNumber: accept()
        default: connection(number)?.ready(happened)
        }
    }

    private func deliver(_ mail: HTTPServerMailbox.Mail) {
        switch mail {
        case .arrival(let descriptor, let peer, let offers): admit(descriptor, peer, offers: offers)
        case .message(let message, let number):
            if let connection = connection(number) { return connection.receive(message) }
            // The client disconnected while its request was handled.
            if case .answer = message { core.requestEnded() }
        }
    }

    /// The lower half of the number is the descriptor.
    private func connection(_ number: UInt64) -> HTTPServerConnection? {
        let descriptor = Int(number & 0xFFFF_FFFF)
        guard descriptor < connections.count, let found = connections[descriptor], found.number == number else {
            return nil
        }
        return found
    }

    /// Closes connections past their deadline, and idle ones once the server stops.
    private func sweep() {
        nextSweep = now + Self.sweepNanoseconds
        let isStopping = core.isStopping
        if !isStopping { listen() }
        for connection in connections {
            guard let connection, connection.deadline <= now || (isStopping && connection.isIdle) else { continue }
            connection.close()
        }
    }
}

// MARK: - Accepting

extension HTTPServerLoop {
    private func listen() {
        guard !isListening else { return }
        isListening = cepoll_add_shared(epoll, listener, Self.listenerNumber) == 0
    }

    private func stop() {
        stopListening()
        for connection in connections { connection?.endStream() }
    }

    private func stopListening() {
        guard isListening else { return }
        _ = cepoll_remove(epoll, listener)
        isListening = false
        nextSweep = 0
    }

    private func accept() {
        for _ in 0..<Self.maximumAcceptsAtOnce {
            var peer = sockaddr_storage()
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = cepoll_accept(listener, &peer, &size)
            if descriptor >= 0 {
                share(descriptor, PeerAddress(peer))
                continue
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                // If nothing can be evicted, pause until the next sweep.
                if !evict(where: { _ in true }) { return stopListening() }
            default: return
            }
        }
    }

    /// Passes every other connection to the next loop, because a burst of connections wakes only one.
    private func share(_ descriptor: Int32, _ peer: PeerAddress) {
        let offers = core.limits.threads - 1
        isNextsTurn.toggle()
        if isNextsTurn, offers > 0, let next {
            next.post(.arrival(descriptor: descriptor, peer, offers: offers))
        } else {
            admit(descriptor, peer, offers: offers)
        }
    }

    /// Admits a new connection, evicting the one that has been idle longest if necessary; if this loop has none, the
    /// connection is offered to the other loops.
    private func admit(_ descriptor: Int32, _ peer: PeerAddress, offers: Int) {
        if core.enter(peer.network) { return add(descriptor, peer, .regular) }
        let isOwn = core.isFull(peer.network)
        let hasCapacity = evict { $0.place == .regular && (!isOwn || $0.peer.network == peer.network) }
        if hasCapacity, core.enter(peer.network) { return add(descriptor, peer, .regular) }
        if offers > 0, let next {
            return next.post(.arrival(descriptor: descriptor, peer, offers: offers - 1))
        }
        if core.enterReserve() { return add(descriptor, peer, .reserved) }
        if evict(where: { $0.place == .reserved }), core.enterReserve() { return add(descriptor, peer, .reserved) }
        close(descriptor)
    }

    private func evict(where isEligible: (HTTPServerConnection) -> Bool) -> Bool {
        var oldest: HTTPServerConnection?
        var since = UInt64.max
        for connection in connections {
            guard let connection, let waitsSince = connection.waitsSince, waitsSince < since, isEligible(connection)
            else { continue }
            (oldest, since) = (connection, waitsSince)
        }
        oldest?.close()
        return oldest != nil
    }

    private func add(_ descriptor: Int32, _ peer: PeerAddress, _ place: HTTPServerCore.Place) {
        lastNumber += 1
        let number = lastNumber << 32 | UInt64(UInt32(bitPattern: descriptor))
        let connection = HTTPServerConnection(
            descriptor: descriptor, number: number, place: place, peer: peer, loop: self, core: core)
        let index = Int(descriptor)
        while connections.count <= index { connections.append(nil) }
        connections[index] = connection
        connectionCount += 1
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        if cepoll_add(epoll, descriptor, CEPOLL_READABLE, number) != 0 { connection.close() }
    }
}

/// A failed system call.
struct SystemError: Error {
    var number: Int32
    var message: String { String(cString: strerror(number)) }
}
