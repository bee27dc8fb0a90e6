import Foundation

/// The private RabbitMQ node of a test run, started by the first test that asks for it.
///
/// `scripts/rabbitmq-node` supervises it, and ends it with this process, however this process ends.
package actor RabbitMQNode {
    /// A command that failed.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    private static let starting = Task { try await RabbitMQNode() }
    private static let script = URL(filePath: #filePath).appending(path: "../../../scripts/rabbitmq-node").standardized

    /// The node.
    /// - Throws: what to install, when RabbitMQ is missing.
    package static var shared: RabbitMQNode {
        get async throws { try await starting.value }
    }

    /// `amqp://guest@127.0.0.1:PORT/`; the password is `guest`.
    package nonisolated let url: String
    package static let password = "guest"

    private let supervisor: ChildProcess
    private var commands = 0

    private init() async throws {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        supervisor = try ChildProcess(Self.script.path, [], environment: ["PATH": path], hasInput: true)
        guard await supervisor.hasPrinted("/\n", timeoutSeconds: 180),
            let line = supervisor.printed.split(separator: "\n").first, line.hasPrefix("ready ")
        else { throw Failure(description: "no RabbitMQ node: \(supervisor.complaints)") }
        url = String(line.dropFirst("ready ".count))
    }

    /// Ends the node at once, as a crash does.
    package func kill() async throws { _ = try await command("kill") }

    /// Starts it again, on the same data and port.
    package func start() async throws { _ = try await command("start") }

    /// Stops its process, which keeps its connections.
    package func freeze() async throws { _ = try await command("freeze") }

    package func thaw() async throws { _ = try await command("thaw") }

    /// Runs `rabbitmqctl`.
    /// - Returns: what it printed.
    @discardableResult
    package func control(_ words: String) async throws -> String { try await command("ctl \(words)") }

    /// Evaluates an Erlang expression in the node.
    /// - Returns: its value, as Erlang shows it.
    @discardableResult
    package func evaluate(_ expression: String) async throws -> String { try await command("eval \(expression)") }

    private func command(_ line: String) async throws -> String {
        commands += 1
        let mark = "#\(commands) "
        let before = supervisor.printed.utf8.count
        try supervisor.write(line + "\n")
        let isAnswered = await supervisor.hasPrinted(mark, timeoutSeconds: 180)
        let answer = String(decoding: supervisor.printed.utf8.dropFirst(before), as: UTF8.self)
        guard isAnswered, answer.contains("\(mark)done") else {
            throw Failure(description: "rabbitmq-node did not '\(line)': \(answer) \(supervisor.complaints)")
        }
        return answer.components(separatedBy: mark)[0]
    }
}
