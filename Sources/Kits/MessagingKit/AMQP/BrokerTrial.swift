package import WorldKit

/// Finds out what a RabbitMQ really guarantees, on an exchange and a queue of its own, which it removes again.
///
/// A broker behind a proxy, of another brand or under other policies may promise less than its protocol says. One
/// guarantee cannot be tried from outside: that a broker short of memory tells its publishers; it is what it announces.
package struct BrokerTrial: Sendable {
    /// What the services rely on.
    package enum Guarantee: String, CaseIterable, Sendable {
        /// It can be reached, and the user may log in.
        case login
        /// The user may make an exchange and a quorum queue, which is replicated and synced to disk.
        case topology
        /// It confirms each message once it has it.
        case confirms
        /// It returns a message that reaches no queue, instead of dropping it.
        case returns
        /// It refuses a message to an exchange that does not exist, and takes those after it.
        case refusals
        /// Messages of a queue arrive in their order.
        case order
        /// What was not acknowledged is delivered again.
        case redelivery
        /// What was acknowledged before the end of a connection is not.
        case acknowledgements
        /// It tells a receiver whose queue was deleted.
        case cancelNotice = "cancel_notice"
        /// It announces that it tells publishers when it accepts nothing for now.
        case blockedNotice = "blocked_notice"
        /// The user may remove what the trial has made.
        case removal
    }

    package struct Finding: Hashable, Sendable {
        package var guarantee: Guarantee
        /// What was seen; nil when it holds.
        package var flaw: String?
        /// Whether it could not be tried, because of what failed before.
        package var isUntried = false
    }

    private let options: RabbitMQOptions
    private let world: World
    private let topology: Topology

    /// Seconds for one answer, as long as nothing is wrong with the broker.
    private static let patienceSeconds = 5.0
    private static let count = 200
    private static let type = "Trial/Message"

    package init(_ options: RabbitMQOptions, _ world: World) {
        var options = options
        options.connectTimeoutSeconds = Self.patienceSeconds
        options.requestTimeoutSeconds = Self.patienceSeconds
        options.confirmTimeoutSeconds = Self.patienceSeconds
        self.options = options
        self.world = world
        let name = "qrpay-trial-\(world.newID())"
        topology = Topology(exchange: name, queues: [.init(name: name, types: [Self.type])])
    }

    private var queue: String { topology.queues[0].name }

    /// Tries every guarantee; about five seconds when nothing fails.
    package func run() async -> [Finding] {
        var findings: [Finding] = []
        var isOver = false
        for guarantee in Guarantee.allCases where guarantee != .removal {
            if isOver {
                findings.append(Finding(guarantee: guarantee, isUntried: true))
                continue
            }
            let flaw = await attempt(guarantee)
            findings.append(Finding(guarantee: guarantee, flaw: flaw))
            isOver = flaw != nil && [.login, .topology].contains(guarantee)
        }
        // Also what a failed trial has left.
        let isReached = findings[0].flaw == nil
        findings.append(
            isReached
                ? Finding(guarantee: .removal, flaw: await attempt(.removal))
                : Finding(guarantee: .removal, isUntried: true))
        return findings
    }

    private func attempt(_ guarantee: Guarantee) async -> String? {
        let broker = RabbitMQBroker(options)
        let flaw: String?
        do { flaw = try await trial(of: guarantee, broker) } catch let error as BrokerError {
            flaw = error.message
        } catch { flaw = "\(error)" }
        await broker.close()
        return flaw
    }

    private func trial(of guarantee: Guarantee, _ broker: RabbitMQBroker) async throws -> String? {
        switch guarantee {
        case .login:
            _ = try await broker.capabilities()
            return nil
        case .topology:
            let differences = try await broker.apply(topology) + broker.differences(from: topology)
            return differences.first.map { "it differs right after it was made: \($0.detail ?? $0.name)" }
        case .confirms:
            let outcomes = await broker.publish(messages(0..<Self.count), to: topology.exchange)
            return Self.flaw(outcomes, "confirmed") { $0 == .confirmed }
        case .returns:
            let outcomes = await broker.publish(messages(0..<1, type: "Trial/Unbound"), to: topology.exchange)
            return Self.flaw(outcomes, "returned") { if case .returned = $0 { true } else { false } }
        case .refusals:
            let outcomes = await broker.publish(messages(0..<1), to: topology.exchange + "-missing")
            return Self.flaw(outcomes, "refused") { if case .refused = $0 { true } else { false } }
        case .order:
            // Left unacknowledged for the next trial.
            let numbers = try await receive(broker, acknowledging: 0).map(\.number)
            return numbers == Array(0..<Self.count)
                ? nil : "\(Self.count) messages were sent, \(numbers.count) received, in another order or number"
        case .redelivery:
            let received = try await receive(broker, acknowledging: Self.count / 2)
            let missing = Set(0..<Self.count).subtracting(received.map(\.number)).count
            if missing > 0 {
                return "\(missing) of \(Self.count) messages that were not acknowledged did not come back"
            }
            return received.contains(where: \.isRedelivered) ? nil : "messages that came back are not marked as such"
        case .acknowledgements:
            let left = try await receive(broker, acknowledging: Self.count, expecting: Self.count / 2).map(\.number)
            let again = left.filter { $0 < Self.count / 2 }.count
            return again == 0 ? nil : "\(again) acknowledged messages came back after the connection was closed"
        case .cancelNotice: return try await cancelNotice(broker)
        case .blockedNotice:
            return try await broker.capabilities().contains("connection.blocked")
                ? nil : "it does not announce connection.blocked: a publish may wait without limit when memory is short"
        case .removal:
            try await broker.remove(topology)
            return nil
        }
    }

    private func cancelNotice(_ broker: RabbitMQBroker) async throws -> String? {
        let subscription = try await broker.subscribe(to: queue, prefetch: 1)
        try await broker.remove(Topology(exchange: topology.exchange, queues: topology.queues))
        let deadline = world.now().advanced(bySeconds: Self.patienceSeconds)
        while world.now() < deadline {
            do { _ = try await subscription.receive(atMost: 1, withinSeconds: 0.5) } catch let error as BrokerError {
                return error.code == .canceled ? nil : error.message
            }
        }
        return "a receiver learned nothing of the deletion of its queue within \(Int(Self.patienceSeconds)) s"
    }

    /// Receives what is in the queue, acknowledges the first messages, and gives the rest back.
    private func receive(
        _ broker: RabbitMQBroker, acknowledging count: Int, expecting expected: Int = BrokerTrial.count
    ) async throws -> [(number: Int, isRedelivered: Bool)] {
        let subscription = try await broker.subscribe(to: queue, prefetch: Self.count)
        var received: [Delivery] = []
        while received.count < expected {
            let more = try await subscription.receive(
                atMost: expected - received.count, withinSeconds: Self.patienceSeconds)
            if more.isEmpty { break }
            received += more
        }
        try await subscription.acknowledge(Array(received.prefix(count)))
        await subscription.cancel()
        return received.compactMap { delivery in
            guard let id = try? delivery.content.get().id, let number = Int(id.dropFirst(topology.exchange.count + 1))
            else { return nil }
            return (number, delivery.isRedelivered)
        }
    }

    private func messages(_ numbers: Range<Int>, type: String = BrokerTrial.type) -> [Message] {
        numbers.map { number in
            Message(
                id: "\(topology.exchange)-\(number)", type: type, key: "trial", correlationID: topology.exchange,
                time: world.now(), body: Array("{}".utf8))
        }
    }

    private static func flaw(
        _ outcomes: [PublishOutcome], _ wanted: String, _ isRight: (PublishOutcome) -> Bool
    ) -> String? {
        let wrong = outcomes.filter { !isRight($0) }
        guard let first = wrong.first else { return nil }
        return "\(wrong.count) of \(outcomes.count) messages were not \(wanted): the first was \(first.words)"
    }
}

extension PublishOutcome {
    /// For people: `returned: NO_ROUTE`.
    package var words: String {
        switch self {
        case .confirmed: "confirmed"
        case .returned(let reason): "returned: \(reason)"
        case .refused(let reason): "refused: \(reason)"
        case .unknown(let reason), .unconfirmed(let reason): "of unknown outcome: \(reason)"
        }
    }
}
