import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import WorldKit

/// An event from outside the payment code.
enum PaymentAct: Hashable, Sendable {
    case press(uid: String, card: String)
    case refund
    case report(uid: String, PaymentOperation)
    case advance(seconds: Double)
    case decide(uid: String, number: Int, PaymentOperation.Status)
    /// A worker claims the oldest due task.
    case work
    case restartWorkers
    /// The answer to the next request to this partner is lost.
    case loseAnswer(partner: String)
}

/// Describes histories of a machine.
struct HistoryDescriber: HistoryDescribing {
    typealias Checker = InvariantChecker

    let machine: Machine
    let checker: InvariantChecker
    private let names: [(id: String, name: String)]

    init(_ machine: Machine, _ checker: InvariantChecker) {
        self.machine = machine
        self.checker = checker
        names = machine.names
    }

    func describe(_ steps: [Step]) throws -> History {
        var state = machine.start
        var moments: [Moment] = []
        for step in steps {
            let next = try machine.execute(step, from: state).state
            moments.append(moment(step, from: state, to: next))
            state = next
        }
        return History(moments: moments, broken: try checker.broken(in: state).map(named))
    }

    /// Opaque ids are replaced by their owner's name.
    private func named(_ text: String) -> String {
        names.reduce(text) { $0.replacing($1.id, with: $1.name) }
    }

    private func named(_ broken: BrokenInvariant) -> BrokenInvariant {
        BrokenInvariant(
            invariant: broken.invariant, orderID: broken.orderID, explanation: named(broken.explanation))
    }

    private func moment(_ step: Step, from state: State, to next: State) -> Moment {
        let before = machine.store.facts(state.store).orderStatus
        let after = machine.store.facts(next.store).orderStatus
        var moment = Moment(
            lane: lane(of: step, in: state), text: "", status: before == after ? nil : after?.rawValue,
            isFault: step.isFault)
        switch step {
        case .conflict(let other):
            moment.act = self.moment(other, from: state, to: state).act
            moment.text = "its transaction conflicts each time it runs, and fails"
        case .overlap(let begun, let other):
            guard let middle = try? machine.begin(begun, from: state) else { break }
            moment = self.moment(other, from: middle, to: next)
            moment.isFault = step.isFault
            moment.begun = begun.compactMap { self.moment($0, from: state, to: state).act }
            moment.text +=
                ", while " + begun.map { "\(lane(of: $0, in: state)) is in a transaction" }.joined(separator: " and ")
        case .work(let worker, let fate):
            if state.workers[worker].node == nil { moment.act = .work }
            let program = Program.attempt(worker: machine.name(ofWorker: worker, in: state))
            let node = state.workers[worker].node ?? (try? machine.tree.root(program, at: state.clock))
            describe(node, fate, state, next, &moment)
        case .rescue: moment.text = "looks for tasks of dead workers"
        case .proceed(let node, let fate): describe(node, fate, state, next, &moment)
        case .press(let guest):
            let node = try? machine.tree.root(.pay(guest: guest), at: state.clock)
            let card = machine.scenario.card(of: guest)
            moment.act = .press(uid: Program.pay(guest: guest).name, card: card)
            moment.text = "presses pay (\(card)): "
            describe(node, .answered, state, next, &moment)
        case .refund:
            moment.act = .refund
            moment.text = "requests a refund: "
            describe(
                try? machine.tree.root(.refund(Int(state.refunds)), at: state.clock), .answered, state, next, &moment)
        case .deliver(let number, let isKept): describeReport(number, isKept: isKept, state, next, &moment)
        case .wait, .pause:
            let seconds = next.clock.seconds(since: state.clock)
            moment.act = .advance(seconds: seconds)
            moment.text = "\(Int(seconds)) s pass" + (step == .pause ? " while a process is busy" : "")
        case .decide(let invoiceID, let number, let status):
            moment.act = payer(of: invoiceID).map { .decide(uid: $0, number: number, status) }
            moment.text = "operation \(number) on \(named(invoiceID)) is \(status.rawValue)"
        case .crashWorker:
            moment.act = .restartWorkers
            moment.text = "dies"
        case .crashRequest: moment.text = "the request dies"
        }
        return moment
    }

    private func describeReport(
        _ number: Int32, isKept: Bool, _ state: State, _ next: State, _ moment: inout Moment
    ) {
        let report = machine.reports[number]
        let operation = report.operation
        moment.act = payer(of: report.invoiceID).map { .report(uid: $0, operation) }
        moment.text =
            "\(operation.kind.rawValue) \(operation.number) \(operation.status.rawValue) on "
            + "\(named(report.invoiceID))\(isKept ? ", and will come again" : ""): "
        describe(try? machine.tree.root(.report(report), at: state.clock), .answered, state, next, &moment)
    }

    /// The guest who owns the invoice; nil if Eda created its id.
    private func payer(of invoiceID: String) -> String? {
        (0..<machine.scenario.users).map { Program.pay(guest: $0).name }.first { uid in
            invoiceID == EdaOrderID.derive(orderID: "order-1", uid: uid, service: machine.variant.settings.service)
        }
    }

    private func lane(of step: Step, in state: State) -> String {
        switch step {
        case .work(let worker, _), .rescue(let worker), .crashWorker(let worker): return "worker-\(worker + 1)"
        case .proceed(let node, _), .crashRequest(let node): return lane(of: machine.tree.program(of: node))
        case .press(let guest): return lane(of: .pay(guest: guest))
        case .refund: return "support"
        case .deliver: return "reports"
        case .wait, .pause: return "clock"
        case .decide: return "bank"
        case .overlap(_, let other), .conflict(let other): return lane(of: other, in: state)
        }
    }

    private func lane(of program: Program) -> String {
        switch program {
        case .report: "reports"
        case .refund: "support"
        case .setUp, .look, .pay, .attempt, .rescue: program.name
        }
    }

    /// The effect that a process waited for at `node`, and its result.
    private func describe(
        _ node: ProcessTree.Node?, _ fate: Step.Fate, _ state: State, _ next: State, _ moment: inout Moment
    ) {
        guard let node, let effect = machine.tree.effect(at: node),
            let child = try? machine.child(of: node, fate, in: state)
        else { return }
        switch effect {
        case .transaction(let isReadOnly, _):
            let changes = machine.store.changes(from: state.store, to: next.store).map(named)
            if machine.transactions.hasBegun(node) { moment.text += "commits: " }
            if machine.tree.isTwin(child) {
                moment.text += "conflicts, and will run again"
                return
            }
            moment.text +=
                changes.isEmpty ? isReadOnly ? "reads" : "changes nothing" : changes.joined(separator: ", ")
        case .question(let action, _):
            moment.partner = action.partner.rawValue
            moment.text += named(action.description)
            switch (fate, machine.tree.answer(at: child)?.result) {
            case (.answerLost, _):
                moment.act = moment.act ?? .loseAnswer(partner: action.partner.rawValue)
                moment.text += ": the answer is lost"
            case (.questionLost, _): moment.text += ": it never arrives"
            case (_, .failure(let error)?): moment.text += ": \(named(Problem(error).code))"
            case (_, .success(let value as PaymentOperation)?): moment.text += ": \(value.status.rawValue)"
            default: break
            }
        }
        if let ending = machine.tree.ending(of: child), !ending.word.isEmpty {
            moment.text += " — \(named(ending.word))"
        }
    }
}
