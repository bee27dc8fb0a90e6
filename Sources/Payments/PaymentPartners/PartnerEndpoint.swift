import EncodingKit
import HTTPKit

/// The address of a partner, and the time limit of one exchange with it.
package struct PartnerEndpoint: Hashable, Sendable {
    /// Scheme, host, port and optionally a path; a trailing slash makes no difference.
    package var baseURL: String
    package var timeoutSeconds: Double

    package init(baseURL: String, timeoutSeconds: Double = 5) {
        self.baseURL = baseURL
        self.timeoutSeconds = timeoutSeconds
    }

    /// The absolute URL of a resource below the base; segments and query values are percent-encoded here.
    func url(_ path: [String], query: [URLQuery.Item] = []) -> String {
        BaseURL.trimmed(baseURL) + URLPath.encode(path) + (query.isEmpty ? "" : "?" + URLQuery.build(query))
    }
}

/// The path of a resource: each segment preceded by a slash and percent-encoded, `"/v1/orders/a%2Fb"`.
enum URLPath {
    static func encode(_ segments: [String]) -> String { segments.map { "/" + PercentEncoding.encode($0) }.joined() }
}
