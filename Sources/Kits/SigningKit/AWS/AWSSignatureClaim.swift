import EncodingKit

/// A request's unverified statement about its signature.
struct AWSSignatureClaim {
    let accessKeyID: String
    let scope: AWSCredentialScope
    let time: AWSTimestamp
    /// Lower-case names.
    let signedHeaders: [String]
    let signature: String
    /// Lifetime of a presigned link; nil for a signature in the headers.
    let expiresInSeconds: Int?

    var isPresigned: Bool { expiresInSeconds != nil }

    typealias Parameter = (name: [UInt8], value: [UInt8])

    /// The names and values of a query, decoded.
    static func parameters(of rawQuery: String) -> [Parameter] {
        rawQuery.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                PercentEncoding.decodeLeniently(parts[0]),
                parts.count > 1 ? PercentEncoding.decodeLeniently(parts[1]) : []
            )
        }
    }

    init(query: [Parameter], headers: [(String, String)]) throws(AWSSignatureError) {
        let authorizations = headers.filter { $0.0.lowercased() == "authorization" }.map(\.1)
        let presigned = query.filter { $0.name.starts(with: "X-Amz-".utf8) }
        switch (authorizations.count, presigned.isEmpty) {
        case (0, true): throw .missing
        case (0, false): try self.init(presigned: presigned, headers: headers)
        case (1, true): try self.init(authorization: authorizations[0], headers: headers)
        default: throw .malformed("more than one signature")
        }
    }

    /// Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` and `x-amz-date`.
    private init(authorization: String, headers: [(String, String)]) throws(AWSSignatureError) {
        let dates = headers.filter { $0.0.lowercased() == "x-amz-date" }.map(\.1)
        guard dates.count == 1 else { throw .malformed("x-amz-date is missing or given more than once") }
        let words = authorization.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { throw .malformed("authorization has no fields") }
        var fields: [String: String] = ["Algorithm": String(words[0]), "Date": dates[0]]
        for field in words[1].split(separator: ",") {
            let parts = field.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, fields.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                throw .malformed("authorization has a field without a value, or twice")
            }
        }
        try self.init(fields: fields, headers: headers, expiresInSeconds: nil)
    }

    /// Reads the `X-Amz-…` parameters of a presigned query.
    private init(presigned: [Parameter], headers: [(String, String)]) throws(AWSSignatureError) {
        var fields: [String: String] = [:]
        for (name, value) in presigned {
            let name = String(decoding: name.dropFirst("X-Amz-".utf8.count), as: UTF8.self)
            guard fields.updateValue(String(decoding: value, as: UTF8.self), forKey: name) == nil else {
                throw .malformed("the query has an X-Amz parameter twice")
            }
        }
        guard let text = fields.removeValue(forKey: "Expires"), let expiry = Int(text), String(expiry) == text,
            AWSSigner.expiryRange.contains(expiry)
        else { throw .malformed("X-Amz-Expires is not 1 to 604800") }
        try self.init(fields: fields, headers: headers, expiresInSeconds: expiry)
    }

    private init(
        fields: [String: String], headers: [(String, String)], expiresInSeconds: Int?
    ) throws(AWSSignatureError) {
        guard fields.count == 5, let credential = fields["Credential"], let signed = fields["SignedHeaders"],
            let signature = fields["Signature"]
        else { throw .malformed("fields are missing or unknown") }
        guard fields["Algorithm"] == AWSCanonicalRequest.algorithm else { throw .malformed("unknown algorithm") }
        guard let time = fields["Date"].flatMap({ AWSTimestamp($0) }) else { throw .malformed("the date is malformed") }
        let parts = credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[4] == "aws4_request" else { throw .malformed("the scope is malformed") }

        accessKeyID = parts[0]
        scope = AWSCredentialScope(day: parts[1], region: parts[2], service: parts[3])
        self.time = time
        signedHeaders = signed.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        self.signature = signature
        self.expiresInSeconds = expiresInSeconds
        try checkCoverage(of: headers)
    }

    /// `host` and all `x-amz-…` headers must be signed, and all signed headers must be present.
    private func checkCoverage(of headers: [(String, String)]) throws(AWSSignatureError) {
        let present = Set(headers.map { $0.0.lowercased() })
        guard signedHeaders == Set(signedHeaders).sorted(), signedHeaders.allSatisfy(present.contains) else {
            throw .malformed("signed headers are absent, unsorted or repeated")
        }
        let optional = "x-amz-content-sha256"  // covered as the payload hash
        let required = present.filter { $0 == "host" || ($0.hasPrefix("x-amz-") && $0 != optional) }.union(["host"])
        guard required.isSubset(of: signedHeaders) else { throw .malformed("host or an x-amz header is not signed") }
    }
}
