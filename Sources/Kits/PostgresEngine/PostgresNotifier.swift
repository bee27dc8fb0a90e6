import SQLKit

/// Signals between processes.
final class PostgresNotifier: Sendable {
    init(_ options: PostgresOptions, schema: String) {}
    func signals(_ channel: String) -> AsyncStream<Void>? { nil }
    func signal(_ channel: String) {}
    func close() async {}
}
