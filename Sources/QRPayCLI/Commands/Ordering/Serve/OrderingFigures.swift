import EncodingKit
import Ordering
import OrderingCore

/// What the stores of the services hold, for Prometheus.
enum OrderingFigures {
    static func write(_ runtime: OrderingRuntime, to text: inout MetricsText) async throws {
        var figures: [ServiceFigures] = []
        for node in runtime.services.nodes { figures.append(try await node.figures()) }
        write("qrpay_ordering_tasks", "Unfinished tasks, by service and state.", figures, \.tasks, to: &text)
        write(
            "qrpay_ordering_unsent_messages", "Messages not sent yet, by service and state.", figures, \.messages,
            to: &text)
    }

    private static func write(
        _ name: String, _ help: String, _ figures: [ServiceFigures], _ counts: KeyPath<ServiceFigures, [String: Int]>,
        to text: inout MetricsText
    ) {
        text.family(name, .gauge, help)
        for one in figures {
            let counts = one[keyPath: counts].isEmpty ? ["none": 0] : one[keyPath: counts]
            for (state, count) in counts.sorted(by: { $0.key < $1.key }) {
                text.sample(name, [("service", one.service.rawValue), ("state", state)], "\(count)")
            }
        }
    }
}
