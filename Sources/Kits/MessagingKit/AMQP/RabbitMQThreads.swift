internal import LibraryKit
import Synchronization

/// The threads of a broker, each started by its first command.
final class RabbitMQThreads: Sendable {
    struct State {
        var publisher: CommandQueue<PublishCommand>?
        var consumer: CommandQueue<ConsumerCommand>?
        var isClosed = false
        var running = 0
        /// Those who wait for the threads to end.
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let options: RabbitMQOptions
    private let state = Mutex(State())

    init(_ options: RabbitMQOptions) { self.options = options }

    func publisher() throws(BrokerError) -> CommandQueue<PublishCommand> {
        try commands(\.publisher) { commands, options in
            var publisher = Publisher(commands, options)
            publisher.run()
        }
    }

    func consumer() throws(BrokerError) -> CommandQueue<ConsumerCommand> {
        try commands(\.consumer) { commands, options in
            var consumer = Consumer(commands, options)
            consumer.run()
        }
    }

    /// Runs `body` on a thread with a connection of its own.
    func withConnection<Result: Sendable>(
        _ body: @escaping @Sendable (AMQPConnection) throws(BrokerError) -> Result
    ) async throws -> Result {
        if state.withLock({ $0.isClosed }) { throw BrokerError.closed }
        return try await withCheckedThrowingContinuation { continuation in
            let isStarted = OwningThread.start { [options] in
                do throws(BrokerError) {
                    let connection = try AMQPConnection(options)
                    let result = try body(connection)
                    connection.close()
                    continuation.resume(returning: result)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
            if !isStarted { continuation.resume(throwing: Self.outOfThreads) }
        }
    }

    /// Lets the threads complete what is in progress.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.publisher?.close()
            state.consumer?.close()
        }
    }

    /// Waits until the threads have ended.
    func join() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.running > 0 { state.waiters.append(continuation) }
                return state.running == 0
            }
            if isOver { continuation.resume() }
        }
    }

    private static let outOfThreads = BrokerError(.other, "out of threads or file descriptors")

    private func commands<Command>(
        _ place: any WritableKeyPath<State, CommandQueue<Command>?> & Sendable,
        _ run: @escaping @Sendable (CommandQueue<Command>, RabbitMQOptions) -> Void
    ) throws(BrokerError) -> CommandQueue<Command> {
        try state.withLock { state throws(BrokerError) in
            guard !state.isClosed else { throw .closed }
            if let commands = state[keyPath: place] { return commands }
            guard let commands = CommandQueue<Command>(),
                OwningThread.start({ [self, options] in
                    run(commands, options)
                    end()
                })
            else { throw Self.outOfThreads }
            state[keyPath: place] = commands
            state.running += 1
            return commands
        }
    }

    private func end() {
        let waiters = state.withLock { state in
            state.running -= 1
            guard state.running == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
