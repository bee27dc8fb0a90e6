import MessagingKit
package import OrderingCore
import SQLKit
import WorldKit

package typealias OrderingHistory = ExploredHistory<BrokenOrderingInvariant>
package typealias OrderingViolation = ExploredViolation<BrokenOrderingInvariant>

/// Describes histories of the ordering system.
struct OrderingDescriber: HistoryDescribing {
    typealias Checker = OrderingChecker

    let machine: OrderingMachine
    let checker: OrderingChecker
    private let names: [(id: String, name: String)]

    init(_ machine: OrderingMachine, _ checker: OrderingChecker) {
        self.machine = machine
        self.checker = checker
        names = (0..<machine.scenario.users).map { (OrderingEnvironment.userID($0), "guest-\($0 + 1)") }
    }

    func describe(_ steps: [OrderingStep]) throws -> OrderingHistory {
        var state = machine.start
        var moments: [Moment] = []
        for step in steps {
            machine.trace = []
            defer { machine.trace = nil }
            let next = try machine.execute(step, from: state).state
            moments.append(moment(step, from: state, to: next, machine.trace ?? []))
            state = next
        }
        return OrderingHistory(moments: moments, broken: try checker.broken(in: state).map(named))
    }

    /// Opaque ids are replaced by their owner's name.
    private func named(_ text: String) -> String { names.reduce(text) { $0.replacing($1.id, with: $1.name) } }

    private func named(_ broken: BrokenOrderingInvariant) -> BrokenOrderingInvariant {
        BrokenOrderingInvariant(broken.invariant, named(broken.explanation))
    }

    private func moment(
        _ step: OrderingStep, from state: OrderingState, to next: OrderingState, _ trace: [OrderingMachine.Trace]
    ) -> Moment {
        let lane = lane(of: step)
        // One part for what each service does, in turn.
        var parts: [(who: String, what: [String])] = [
            (lane, [words(of: step, from: state, to: next)].compactMap(\.self))
        ]
        for entry in trace {
            if parts.last?.who != entry.service.rawValue { parts.append((entry.service.rawValue, [])) }
            parts[parts.count - 1].what.append(entry.text)
        }
        let did = parts.filter { !$0.what.isEmpty }.map { part in
            (part.who == lane ? "" : "\(part.who): ") + part.what.joined(separator: ", ")
        }
        let (before, after) = (statuses(in: state), statuses(in: next))
        return Moment(
            lane: lane, text: named(did.joined(separator: "; ")),
            status: before == after ? nil : after.joined(separator: ", "), isFault: step.isFault)
    }

    private func lane(of step: OrderingStep) -> String {
        switch step {
        case .run(.client(let number), _): lane(of: machine.clients[number])
        case .run(let process, _): process.service.rawValue
        case .deliver(let service, _, _, _), .crash(let service): service.rawValue
        case .press(let user, _): "guest-\(user + 1)"
        case .deposit: "guest-1"
        case .wait, .pause: "clock"
        }
    }

    private func lane(of program: OrderingProgram) -> String {
        switch program {
        case .register(let user), .deposit(let user, _), .openBasket(let user), .press(let user, _):
            "guest-\(user + 1)"
        case .work, .relay, .receive, .serve, .rescue: program.name
        }
    }

    /// What the trace does not say; nil when it says all.
    private func words(of step: OrderingStep, from state: OrderingState, to next: OrderingState) -> String? {
        switch step {
        case .press: "orders"
        case .deposit: "deposits the price of an order"
        case .crash: "crashes"
        case .deliver(_, let message, let isStray, _):
            "receives \(machine.messages[message].type)\(isStray ? " again" : "")"
        case .wait, .pause:
            "\(seconds(next.clock.seconds(since: state.clock))) s pass"
                + (step == .pause ? " while something is under way" : "")
        case .run: nil
        }
    }

    private func seconds(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    /// The status of each order.
    private func statuses(in state: OrderingState) -> [String] {
        guard let number = machine.tables[ServiceName.order.index].first(where: { $0.name == "orders" }) else {
            return []
        }
        let store = OrderingDraft(machine, state).service(.order).store
        let place = number.columns.firstIndex { $0 == "status" } ?? 0
        return machine.stores[ServiceName.order.index].content(store).tables[number.number].rows.map { row -> String in
            guard case .text(let status) = row.values[place] else { return "" }
            return status
        }
    }
}
