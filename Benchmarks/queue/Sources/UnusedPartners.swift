import HTTPKit
import PaymentCore
import PaymentPartners
import Payments
import SigningKit
import WorldKit

/// Reaches nobody: handlers that do nothing ask nothing.
private struct UnusedTransport: HTTPTransport {
    func send(_ request: HTTPRequest) async throws -> HTTPResponse { throw CancellationError() }
}

extension Partners {
    static var none: Partners {
        let transport = UnusedTransport()
        let endpoint = PartnerEndpoint(baseURL: "http://127.0.0.1:9", timeoutSeconds: 1)
        return Partners(
            eda: HTTPEdaClient(endpoint: endpoint, transport: transport),
            transactions: HTTPTransactionsClient(endpoint: endpoint, transport: transport),
            cardstorage: HTTPCardstorageClient(endpoint: endpoint, transport: transport),
            cashback: HTTPCashbackClient(endpoint: endpoint, transport: transport),
            check: HTTPCheckClient(endpoint: endpoint, transport: transport),
            storage: S3Client(
                endpoint: endpoint, bucket: "none", region: "none",
                credentials: AWSCredentials(accessKeyID: "none", secretAccessKey: "none"), transport: transport,
                now: { Instant(microseconds: 0) }))
    }
}
