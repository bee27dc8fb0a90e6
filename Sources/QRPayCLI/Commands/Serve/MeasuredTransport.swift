import HTTPKit
import PaymentCore
import PaymentPartners
import Payments
import WorldKit

/// Counts and times every request to a partner.
struct MeasuredTransport: HTTPTransport {
    private let transport: any HTTPTransport
    /// Longest base URL first, so that nested ones match.
    private let bases: [(url: String, partner: Partner)]
    private let metrics: Metrics
    private let now: @Sendable () -> Instant

    init(
        _ transport: any HTTPTransport, _ configuration: Configuration, _ metrics: Metrics,
        now: @escaping @Sendable () -> Instant
    ) {
        self.transport = transport
        self.metrics = metrics
        self.now = now
        bases = Partner.allCases.map { (configuration.endpoint($0).baseURL, $0) }
            .sorted { $0.url.utf8.count > $1.url.utf8.count }
    }

    func prepare() throws { try transport.prepare() }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let started = now()
        do {
            let response = try await transport.send(request)
            record(request, "\(response.status)", started)
            return response
        } catch {
            record(request, (error as? HTTPTransportError).map { "\($0.code)" } ?? "canceled", started)
            throw error
        }
    }

    private func record(_ request: HTTPRequest, _ outcome: String, _ started: Instant) {
        let partner = bases.first { request.url.hasPrefix($0.url) }?.partner.rawValue ?? "other"
        metrics.partnerAsked(partner, outcome: outcome, seconds: max(0, now().seconds(since: started)))
    }
}
