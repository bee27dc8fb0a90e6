import HTTPKit
import JSONKit
import Ordering

/// What all routes work with.
struct RouteContext: Sendable {
    let gateway: Gateway
    let waiters: Waiters

    /// The user of a login token.
    /// - Throws: ``APIFailure``, the same one for every kind of token that is not valid.
    func user(_ token: String) async throws -> String {
        guard let userID = try await gateway.userID(token: token) else { throw APIFailure.noToken }
        return userID
    }
}

extension Reply {
    /// With the header that tells what the request has caused.
    static func answer(
        _ value: Value, _ answer: Gateway.Answer, headers: [(name: String, value: String)] = [],
        subject: String? = nil
    ) -> Reply {
        let correlation = answer.correlationID.map { [(name: RequestRecord.correlationHeader, value: $0)] } ?? []
        return Reply(value, headers: headers + correlation, subject: subject)
    }
}
