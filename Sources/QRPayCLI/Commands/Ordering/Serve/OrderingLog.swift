import CommandLineKit
import HTTPKit
import JSONKit
import MessagingKit
import Ordering
import OrderingAPI
import OrderingCore
import Payments
import QueueKit
import WorldKit

/// The log of a process that serves the ordering system: one line of JSON per event on standard error. What belongs to
/// one request of a client has one `correlation_id`, in all processes.
struct OrderingLog: Sendable {
    private let context: Context
    private let metrics: OrderingMetrics
    /// Whether answered requests are logged.
    private let hasRequests: Bool

    init(_ context: Context, _ metrics: OrderingMetrics, hasRequests: Bool) {
        self.context = context
        self.metrics = metrics
        self.hasRequests = hasRequests
    }

    func request(_ record: RequestRecord) {
        guard hasRequests else { return }
        var json: JSONObject = [
            "at": record.at.rfc3339, "event": "request", "method": record.method, "route": record.route,
            "status": record.status, "us": Int(record.seconds * 1_000_000),
        ]
        if let id = record.requestID, NameRule.isIdentifier(id) { json["request_id"] = id }
        if let id = record.correlationID { json["correlation_id"] = id }
        if let user = record.subject { json["user_id"] = user }
        if let error = record.failure {
            let reason = RefusalReason.text(error)
            json["code"] = reason.code
            // A client error may quote the client's input; for our own errors operators need the details.
            if record.status >= 500 { json["error"] = reason.message }
        }
        write(json)
    }

    /// What the services do: what fails, and what a broker that was gone has again.
    func event(_ event: OrderingRuntime.Event) {
        switch event {
        case .receiver(let service, .received(let count, let refused)):
            metrics.count(.messages, "received", by: count)
            guard refused > 0 else { return }
            metrics.count(.messages, "refused", by: refused)
            write(event: "receiver", service, ["refused": refused])
        case .receiver(let service, .subscribed): write(event: "receiver", service, ["state": "subscribed"])
        case .receiver(let service, .failed(let error)):
            write(event: "receiver", service, ["state": "failed", "error": Self.text(error)])
        case .relay(let service, let pass): relay(service, pass)
        case .attempt(let service, let attempt): self.attempt(service, attempt)
        case .queueFailed(let service, let error): write(event: "queue", service, ["error": Self.text(error)])
        case .brokerFailed(let error): write(event: "broker", nil, ["error": Self.text(error)])
        }
    }

    func unreachable(_ service: ServiceName, _ reason: String) {
        write(event: "unreachable", service, ["error": reason])
    }

    private func relay(_ service: ServiceName, _ pass: Relay.Pass) {
        metrics.count(.messages, "sent", by: pass.sent)
        metrics.count(.messages, "parked", by: pass.parked)
        guard pass.parked > 0 || pass.failure != nil else { return }
        write(
            event: "relay", service, ["parked": pass.parked, "unknown": pass.unknown, "error": pass.failure])
    }

    private func attempt(_ service: ServiceName, _ attempt: Worker.Attempt) {
        switch attempt.ending {
        case .done: return metrics.count(.attempts, "done")
        case .postponed: metrics.count(.attempts, "postponed")
        case .stuck: metrics.count(.attempts, "stuck")
        case .leaseLost: metrics.count(.attempts, "lease_lost")
        }
        var json = AttemptText.json(attempt)
        json.members.removeAll { $0.name == "order_id" }
        json["service"] = service.rawValue
        json["correlation_id"] = attempt.task.payload["correlation_id"]
        write(json)
    }

    private func write(event: String, _ service: ServiceName?, _ fields: JSONObject) {
        var json: JSONObject = ["at": context.world.now().rfc3339, "event": event, "service": service?.rawValue]
        for member in fields.members { json.add(member.name, member.value) }
        write(json)
    }

    /// Writes one line; the server continues if its log has no reader.
    private func write(_ json: JSONObject) {
        guard let line = try? JSONText.line(json) else { return }
        try? context.errors.write(TerminalText(lines: line.text + "\n"))
    }

    private static func text(_ error: any Error) -> String { Problem(error).message }
}
