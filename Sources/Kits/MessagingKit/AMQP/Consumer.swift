/// A command to the thread that consumes.
enum ConsumerCommand: Sendable {
    case subscribe(
        queue: String, prefetch: Int, CheckedContinuation<Result<ConsumerHandle, BrokerError>, Never>)
    case acknowledge(ConsumerHandle, [UInt64], CheckedContinuation<BrokerError?, Never>)
    case cancel(ConsumerHandle, CheckedContinuation<Void, Never>)
}

/// Identifies a subscription to the thread that consumes.
struct ConsumerHandle: Sendable {
    var number: Int
    var inbox: DeliveryInbox
}

/// Consumes queues on one connection, each on a channel of its own; everything here runs on the thread that owns it.
struct Consumer {
    private struct Subscriber {
        let handle: ConsumerHandle
        let queue: String
        let consumerTag: String
        var unacknowledged = UnacknowledgedTags()
        /// Read since the last time they were handed over.
        var arrived: [Delivery] = []
    }

    private let commands: CommandQueue<ConsumerCommand>
    private let options: RabbitMQOptions
    private var connection: AMQPConnection?
    /// By channel.
    private var subscribers: [UInt16: Subscriber] = [:]
    private var lastNumber = 0

    init(_ commands: CommandQueue<ConsumerCommand>, _ options: RabbitMQOptions) {
        self.commands = commands
        self.options = options
    }

    /// Runs until the queue of commands is closed; then cancels what is subscribed.
    mutating func run() {
        while true {
            let mail = commands.take()
            for command in mail.commands { obey(command) }
            attempt { consumer throws(BrokerError) in try consumer.listen() }
            if mail.isClosed { break }
            if connection?.hasBufferedFrames != true {
                commands.wait(
                    orFor: connection?.descriptor ?? -1, milliseconds: connection?.pollMilliseconds ?? -1)
            }
        }
        for channel in subscribers.keys.sorted() { cancel(channel) }
        connection?.close()
    }

    private mutating func obey(_ command: ConsumerCommand) {
        switch command {
        case .subscribe(let queue, let prefetch, let continuation):
            var handle: ConsumerHandle?
            let failure = attempt { consumer throws(BrokerError) in
                handle = try consumer.subscribe(to: queue, prefetch: prefetch)
            }
            let error = failure ?? BrokerError(.other, "no channel")
            continuation.resume(returning: handle.map { .success($0) } ?? .failure(error))
        case .acknowledge(let handle, let tags, let continuation):
            guard let channel = channel(of: handle) else {
                continuation.resume(returning: handle.inbox.failure ?? Self.over)
                return
            }
            let failure = attempt { consumer throws(BrokerError) in
                guard let connection = consumer.connection else { return }
                let acknowledgements = consumer.subscribers[channel]?.unacknowledged.acknowledge(tags) ?? []
                try AMQPChannel(connection: connection, number: channel).acknowledge(acknowledgements)
            }
            continuation.resume(returning: failure)
        case .cancel(let handle, let continuation):
            if let channel = channel(of: handle) { cancel(channel) }
            continuation.resume()
        }
    }

    private static let over = BrokerError(.closed, "the subscription is over")

    private func channel(of handle: ConsumerHandle) -> UInt16? {
        subscribers.first { $0.value.handle.number == handle.number }?.key
    }

    private mutating func subscribe(to queue: String, prefetch: Int) throws(BrokerError) -> ConsumerHandle {
        let connection = try connect()
        // RabbitMQ allows 2047 channels by default.
        guard let number = (1...2047).first(where: { subscribers[$0] == nil }) else {
            throw BrokerError(.other, "too many subscriptions")
        }
        let channel = AMQPChannel(connection: connection, number: number)
        try channel.open()
        let tag = try channel.consume(queue: queue, prefetch: prefetch)
        lastNumber += 1
        let handle = ConsumerHandle(number: lastNumber, inbox: DeliveryInbox())
        subscribers[number] = Subscriber(handle: handle, queue: queue, consumerTag: tag)
        return handle
    }

    private mutating func connect() throws(BrokerError) -> AMQPConnection {
        if let connection { return connection }
        let new = try AMQPConnection(options)
        connection = new
        return new
    }

    /// Ends a subscription so that no acknowledgement is lost.
    ///
    /// RabbitMQ may drop acknowledgements that were sent just before a channel is closed (rabbitmq-server#10327). The
    /// answer to a request behind them shows that they were processed.
    private mutating func cancel(_ number: UInt16) {
        guard let connection, let subscriber = subscribers.removeValue(forKey: number) else { return }
        subscriber.handle.inbox.end(Self.over, keepingDeliveries: false)
        attempt { consumer throws(BrokerError) in
            let channel = AMQPChannel(connection: connection, number: number)
            try channel.cancel(consumer: subscriber.consumerTag)
            try channel.declare(queue: subscriber.queue, passively: true)
            try channel.close()
        }
        // What was delivered meanwhile must be gone before the channel's number is used again.
        attempt { consumer throws(BrokerError) in try consumer.listen() }
    }

    private mutating func listen() throws(BrokerError) {
        defer { handOver() }
        while let (number, event) = try connection?.nextEvent() {
            switch event {
            case .delivered(let delivery):
                subscribers[number]?.unacknowledged.add(delivery.tag)
                subscribers[number]?.arrived.append(delivery)
            case .consumerCanceled:
                let queue = subscribers[number]?.queue ?? ""
                end(number, BrokerError(.canceled, "the broker has ended the subscription: queue \(queue) is gone"))
                if let connection { try AMQPChannel(connection: connection, number: number).close() }
            case .channelClosed(let error):
                end(number, BrokerError(.canceled, "the broker has ended the subscription: \(error.message)"))
                if let loss = connection?.loss { throw loss }
            case .confirmed, .notConfirmed, .returned, .blocked, .unblocked: break
            }
        }
    }

    /// What has arrived from a queue that is gone is handed over: it is nowhere else.
    private mutating func end(_ number: UInt16, _ error: BrokerError) {
        guard let subscriber = subscribers.removeValue(forKey: number) else { return }
        subscriber.handle.inbox.put(subscriber.arrived)
        subscriber.handle.inbox.end(error, keepingDeliveries: true)
    }

    private mutating func handOver() {
        for (number, subscriber) in subscribers where !subscriber.arrived.isEmpty {
            subscriber.handle.inbox.put(subscriber.arrived)
            subscribers[number]?.arrived = []
        }
    }

    /// Runs a part of the work. When it has lost the connection, all subscriptions are over, and what was not
    /// acknowledged is delivered again by the broker.
    @discardableResult
    private mutating func attempt(_ body: (inout Consumer) throws(BrokerError) -> Void) -> BrokerError? {
        do throws(BrokerError) {
            try body(&self)
            return nil
        } catch {
            guard let loss = connection?.loss else { return error }
            for subscriber in subscribers.values {
                subscriber.handle.inbox.end(
                    BrokerError(.unreachable, loss.message), keepingDeliveries: false)
            }
            subscribers = [:]
            connection = nil
            return error
        }
    }
}
