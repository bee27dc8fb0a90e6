package import HTTPKit
import JSONKit

/// Check over HTTP: `POST /pdf`, receipt JSON in, `application/pdf` out.
package struct HTTPCheckClient: CheckClient {
    private let call: PartnerCall

    package init(endpoint: PartnerEndpoint, transport: any HTTPTransport) {
        call = PartnerCall(partner: .check, endpoint: endpoint, transport: transport)
    }

    package func renderPDF(receipt json: [UInt8]) async throws -> [UInt8] {
        var request = PartnerCall.Request(method: "POST", path: ["pdf"], body: json)
        request.headers["Content-Type"] = "application/json"
        request.headers["Accept"] = "application/pdf"
        request.maximumResponseBytes = 8 << 20
        let body = try await call.exchange(request).body
        guard PDFForm.isWhole(body) else { throw call.error(.malformed, request, "the response is not a complete PDF") }
        return body
    }
}
