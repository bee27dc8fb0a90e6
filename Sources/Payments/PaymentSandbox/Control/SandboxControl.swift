import EncodingKit
package import HTTPKit
import JSONKit
package import PaymentCore
package import PaymentPartners

/// Inspects and changes the state of a running sandbox over its control API.
package struct SandboxControl: Sendable {
    /// The state can be long, with the items of many receipts; a longer response is refused.
    private static let maximumResponseBytes = 256 << 20

    private let baseURL: String
    private let transport: any HTTPTransport
    private let timeoutSeconds: Double

    /// - Parameter partnersURL: the address of the sandbox's partners, without a partner's own path.
    package init(partnersURL: String, transport: any HTTPTransport, timeoutSeconds: Double = 30) {
        baseURL = String(partnersURL.reversed().drop { $0 == "/" }.reversed())
        self.transport = transport
        self.timeoutSeconds = timeoutSeconds
    }

    /// The state of all partners.
    package func state() async throws -> SandboxSnapshot {
        try await ask("GET", ["state"], answer: SandboxSnapshot.self)
    }

    /// The rules in force, oldest first.
    package func faults() async throws -> [FaultPlan.Entry] {
        struct Faults: Decodable { var faults: [FaultPlan.Entry] }
        return try await ask("GET", ["faults"], answer: Faults.self).faults
    }

    /// Adds a fault rule, in force from now on.
    package func add(_ rule: FaultRule) async throws -> FaultPlan.Entry {
        try await ask("POST", ["faults"], body: try JSON.message(rule), answer: FaultPlan.Entry.self)
    }

    /// - Throws: ``SandboxControlError`` `rejected` with 404 when the rule does not exist.
    package func removeFault(id: Int) async throws { try await exchange("DELETE", ["faults", "\(id)"]) }

    package func removeAllFaults() async throws { try await exchange("DELETE", ["faults"]) }

    /// Decides a pending operation, or lets a live hold lapse, as a bank or a guest might.
    /// - Throws: ``SandboxControlError`` `rejected` with 404 or 409 when the operation does not exist or is in another
    ///   state.
    package func decide(
        invoiceID: String, operation number: Int, status: PaymentOperation.Status, reason: String?
    ) async throws -> OperationWire {
        var decision = ["status": status.rawValue]
        decision["reason"] = reason
        return try await ask(
            "PUT", ["transactions", "invoices", invoiceID, "operations", "\(number)"],
            body: try JSON.message(decision), answer: OperationWire.self)
    }

    /// Makes transactions send every report about an invoice again.
    package func redeliverCallbacks(ofInvoice invoiceID: String) async throws -> CallbackDelivery {
        try await ask(
            "POST", ["transactions", "invoices", invoiceID, "callbacks"], answer: CallbackDelivery.self)
    }

    /// Changes the amount of an entry in the cashback ledger, which a real partner never does.
    package func setAmount(_ amount: Money, ofCashbackEntry id: String) async throws {
        let change = ["amount": amount.decimal, "currency": amount.currency.code]
        try await exchange("PUT", ["cashback", "entries", id], body: try JSON.message(change))
    }
}

/// The result of delivering reports again.
package struct CallbackDelivery: Codable, Hashable, Sendable {
    package var sent: Int
    package var acknowledged: Int
}

/// Why a request to the sandbox failed.
package struct SandboxControlError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// No response, or an incomplete one.
        case unreachable
        /// The sandbox rejected the request with its own stable code: `"unknown_fault"`.
        case rejected(status: Int, code: String)
        /// The response is not from a sandbox.
        case notASandbox
    }

    package var code: Code
    package var message: String
}

// MARK: - Exchanges

extension SandboxControl {
    private func ask<Answer: Decodable>(
        _ method: String, _ path: [String], body: [UInt8] = [], answer type: Answer.Type
    ) async throws -> Answer {
        let response = try await exchange(method, path, body: body)
        do {
            return try JSON.message(type, from: response.body)
        } catch {
            throw SandboxControlError(code: .notASandbox, message: "the answer is not a sandbox's: \(error)")
        }
    }

    @discardableResult
    private func exchange(_ method: String, _ path: [String], body: [UInt8] = []) async throws -> HTTPResponse {
        let url = baseURL + (["sandbox"] + path).map { "/" + PercentEncoding.encode($0) }.joined()
        let response: HTTPResponse
        do {
            response = try await transport.send(
                HTTPRequest(
                    method: method, url: url,
                    headers: HTTPHeaders(body.isEmpty ? [] : [("Content-Type", "application/json")]), body: body,
                    timeoutSeconds: timeoutSeconds, maximumResponseBytes: Self.maximumResponseBytes))
        } catch let error as HTTPTransportError {
            throw SandboxControlError(code: .unreachable, message: "\(error.message) (\(error.place))")
        }
        guard (200..<300).contains(response.status) else { throw refusal(response) }
        return response
    }

    private func refusal(_ response: HTTPResponse) -> SandboxControlError {
        guard let problem = try? JSON.message(PartnerProblem.self, from: response.body),
            // The code that a router uses for unknown routes.
            problem.code != "not_found", problem.code != "method_not_allowed"
        else { return SandboxControlError(code: .notASandbox, message: "the answer was \(response.status)") }
        return SandboxControlError(
            code: .rejected(status: response.status, code: problem.code), message: problem.message)
    }
}
