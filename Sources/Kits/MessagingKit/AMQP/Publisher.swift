/// Publishes on a connection of its own; everything here runs on the thread that owns it.
struct Publisher {
    private static let channelNumber: UInt16 = 1

    private let commands: CommandQueue<PublishCommand>
    private let options: RabbitMQOptions
    private var connection: AMQPConnection?
    private var window: PublishWindow<PublishItem>
    /// Not sent yet, the next one last.
    private var waiting: [PublishItem] = []
    /// Why the broker reads nothing for now.
    private var blockReason: String?
    /// When the broker last confirmed or rejected anything on this connection.
    private var lastAnswer: ContinuousClock.Instant?

    init(_ commands: CommandQueue<PublishCommand>, _ options: RabbitMQOptions) {
        self.commands = commands
        self.options = options
        window = PublishWindow(
            maximumCount: options.maximumUnconfirmed, maximumBytes: options.maximumUnconfirmedBytes)
    }

    /// Runs until the queue of commands is closed and everything accepted has an outcome.
    mutating func run() {
        while true {
            let mail = commands.take()
            accept(mail.commands)
            do throws(BrokerError) {
                try send()
                try listen()
                expire()
            } catch {
                fail(error)
            }
            if let next = waiting.last, blockReason != nil || window.hasRoom(for: next.publication.size) { continue }
            if mail.isClosed, window.isEmpty || blockReason != nil { break }
            if connection?.hasBufferedFrames != true {
                commands.wait(orFor: connection?.descriptor ?? -1, milliseconds: pollMilliseconds)
            }
        }
        // A blocked broker would not read it.
        if blockReason == nil { connection?.close() }
        fail(BrokerError(.closed, "the connection was closed before the broker had confirmed"))
    }

    private mutating func accept(_ commands: [PublishCommand]) {
        var items: [PublishItem] = []
        for command in commands {
            let job = PublishJob(count: command.messages.count, command.continuation)
            for (index, message) in command.messages.enumerated() {
                let publication = AMQPPublication(message: message, exchange: command.exchange)
                let item = PublishItem(publication: publication, job: job, index: index)
                if let obstacle = publication.obstacle {
                    item.settle(.refused(reason: obstacle))
                } else {
                    items.append(item)
                }
            }
        }
        if !items.isEmpty { waiting.insert(contentsOf: items.reversed(), at: 0) }
    }

    /// Sends as much as may be unconfirmed.
    private mutating func send() throws(BrokerError) {
        guard !waiting.isEmpty else { return }
        if let blockReason {
            settleWaiting(.unknown(reason: "the broker accepts nothing for now: \(blockReason)"))
            return
        }
        let channel = try openChannel()
        let now = ContinuousClock.now
        let isCorked = waiting.count > 1
        if isCorked { channel.connection.setCorked(true) }
        defer { if isCorked { channel.connection.setCorked(false) } }
        while let item = waiting.last {
            let size = item.publication.size
            guard window.hasRoom(for: size) else { return }
            // Before it is sent: after an error it may have arrived.
            waiting.removeLast()
            window.add(item, id: item.publication.message.id, bytes: size, at: now)
            try channel.publish(item.publication)
        }
    }

    private mutating func openChannel() throws(BrokerError) -> AMQPChannel {
        if let connection { return AMQPChannel(connection: connection, number: Self.channelNumber) }
        let connection = try AMQPConnection(options)
        let channel = AMQPChannel(connection: connection, number: Self.channelNumber)
        try channel.open()
        try channel.confirm()
        self.connection = connection
        return channel
    }

    private mutating func listen() throws(BrokerError) {
        while let (_, event) = try connection?.nextEvent() {
            switch event {
            case .confirmed(let tag, let multiple):
                lastAnswer = .now
                for entry in window.settle(tag, multiple: multiple) {
                    entry.item.settle(entry.returnReason.map { .returned(reason: $0) } ?? .confirmed)
                }
            case .notConfirmed(let tag, let multiple):
                lastAnswer = .now
                for entry in window.settle(tag, multiple: multiple) {
                    entry.item.settle(.refused(reason: "the broker could not take it (basic.nack)"))
                }
            case .returned(let id, let reason): window.markReturned(id: id, reason: reason)
            case .channelClosed(let error): try reopen(after: error)
            case .blocked(let reason): blockReason = reason
            case .unblocked:
                blockReason = nil
                window.restartClock(at: .now)
            case .delivered, .consumerCanceled: break
            }
        }
    }

    /// The broker has closed the channel over one publish, which it does not name, and has ignored those behind it.
    private mutating func reopen(after error: BrokerError) throws(BrokerError) {
        guard let connection else { return }
        if let loss = connection.loss { throw loss }
        let items = window.unsettled.map(\.item)
        window.reset(carefully: true)
        if items.count == 1 {
            items[0].settle(.refused(reason: error.message))
        } else {
            waiting += items.reversed()
        }
        let channel = AMQPChannel(connection: connection, number: Self.channelNumber)
        try channel.open()
        try channel.confirm()
    }

    /// Settles publications that the broker has not confirmed in time: as unconfirmed if it confirms others.
    private mutating func expire() {
        let now = ContinuousClock.now
        guard let oldest = window.oldest, now - oldest >= confirmTimeout else { return }
        let error = BrokerError(.unreachable, "no confirm within \(options.confirmTimeoutSeconds) s")
        guard blockReason == nil else {
            // The broker will confirm them once it reads again; until then they fill the window, so that nothing else
            // is sent.
            for entry in window.unsettled { entry.item.settle(.unknown(reason: error.message)) }
            return
        }
        // A broker that is silent for two heartbeats counts as lost. Otherwise only these publications lack an answer.
        let isAlive =
            lastAnswer.map { $0 > oldest } ?? false
            || options.confirmTimeoutSeconds > 2 * Double(options.heartbeatSeconds)
        guard isAlive else { return fail(error) }
        let late = window.removeSent(until: now - confirmTimeout).map(\.item)
        let routes = Set(late.map(\.publication.route))
        // Publications for the same routes would wait as long and take up the window.
        let behind = waiting.filter { routes.contains($0.publication.route) }
        waiting.removeAll { routes.contains($0.publication.route) }
        for item in late + behind.reversed() { item.settle(.unconfirmed(reason: error.message)) }
    }

    /// Drops the connection: what was sent may have arrived; the rest is not attempted.
    private mutating func fail(_ error: BrokerError) {
        for entry in window.unsettled { entry.item.settle(.unknown(reason: error.message)) }
        settleWaiting(.unknown(reason: error.message))
        window.reset(carefully: false)
        blockReason = nil
        lastAnswer = nil
        connection = nil
    }

    private mutating func settleWaiting(_ outcome: PublishOutcome) {
        for item in waiting.reversed() { item.settle(outcome) }
        waiting = []
    }

    private var confirmTimeout: Duration { .seconds(options.confirmTimeoutSeconds) }

    private var pollMilliseconds: Int32 {
        mutating get {
            guard let connection else { return -1 }
            guard blockReason == nil, let oldest = window.oldest else { return connection.pollMilliseconds }
            let left = (oldest + confirmTimeout - .now) / .milliseconds(1)
            return min(connection.pollMilliseconds, Int32(clamping: Int(max(left, 0).rounded(.up))))
        }
    }
}
