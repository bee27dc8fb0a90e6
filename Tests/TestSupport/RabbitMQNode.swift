/// The private RabbitMQ node of a test run, started by the first test that asks for it.
///
/// `scripts/rabbitmq-node` supervises it, and ends it with this process, however this process ends.
package actor RabbitMQNode {
    package typealias Failure = SupervisedServer.Failure

    private static let starting = Task { try await RabbitMQNode() }

    /// The node.
    /// - Throws: what to install, when RabbitMQ is missing.
    package static var shared: RabbitMQNode {
        get async throws { try await starting.value }
    }

    /// `amqp://guest@127.0.0.1:PORT/`; the password is `guest`.
    package nonisolated let url: String
    package static let password = "guest"

    private let supervisor: SupervisedServer

    private init() async throws {
        supervisor = try await SupervisedServer("rabbitmq-node")
        url = supervisor.greeting
    }

    /// Ends the node at once, as a crash does.
    package func kill() async throws { _ = try await supervisor.command("kill") }

    /// Starts it again, on the same data and port.
    package func start() async throws { _ = try await supervisor.command("start") }

    /// Stops its process, which keeps its connections.
    package func freeze() async throws { _ = try await supervisor.command("freeze") }

    package func thaw() async throws { _ = try await supervisor.command("thaw") }

    /// Runs `rabbitmqctl`.
    /// - Returns: what it printed.
    @discardableResult
    package func control(_ words: String) async throws -> String { try await supervisor.command("ctl \(words)") }

    /// Evaluates an Erlang expression in the node.
    /// - Returns: its value, as Erlang shows it.
    @discardableResult
    package func evaluate(_ expression: String) async throws -> String {
        try await supervisor.command("eval \(expression)")
    }
}
