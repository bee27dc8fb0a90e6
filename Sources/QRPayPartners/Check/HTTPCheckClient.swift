package import HTTPKit

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
        guard Self.isPDF(body) else { throw call.error(.malformed, request, "the answer is no whole PDF") }
        return body
    }

    /// `%PDF-` at the start and `%%EOF` at the end, but for line ends (ISO 32000-1, 7.5.2 and 7.5.5).
    private static func isPDF(_ bytes: [UInt8]) -> Bool {
        let end = bytes.suffix(16).reversed().drop { $0 == 10 || $0 == 13 }.prefix(5).reversed()
        return bytes.starts(with: "%PDF-".utf8) && end.elementsEqual("%%EOF".utf8)
    }
}
