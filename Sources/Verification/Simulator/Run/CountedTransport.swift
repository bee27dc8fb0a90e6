import HTTPKit
import Synchronization

/// Counts requests in progress.
final class CountedTransport: HTTPTransport {
    private let transport: any HTTPTransport
    private let count = Atomic(0)

    init(_ transport: any HTTPTransport) { self.transport = transport }

    var inProgress: Int { count.load(ordering: .acquiring) }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        count.add(1, ordering: .acquiringAndReleasing)
        defer { count.subtract(1, ordering: .acquiringAndReleasing) }
        return try await transport.send(request)
    }
}
