package import PaymentCore
import Payments

/// What one process does, from its start to its end.
package enum Program: Hashable, Sendable {
    /// Registers the restaurant and its bill, before anything else.
    case setUp
    /// Reads our side of every payment.
    case look
    /// A guest presses "pay".
    case pay(guest: Int)
    /// A report of transactions arrives.
    case report(PaymentCallback)
    /// A worker claims the oldest due task and runs it.
    case attempt(worker: String)
    /// A worker requeues tasks of dead workers.
    case rescue(worker: String, dead: [String])
    /// The support makes a partial refund.
    case refund(Int)
}

extension Program: ExploredProgram {
    /// Unique to the program, for the names created by its runs.
    var name: String {
        switch self {
        case .setUp: "set-up"
        case .look: "look"
        case .pay(let guest): "guest-\(guest + 1)"
        case .report(let callback): "report-\(callback.eventID)"
        case .attempt(let worker): worker
        case .rescue(let worker, _): "\(worker)-rescue"
        case .refund(let number): "refund-\(number + 1)"
        }
    }
}

/// The histories of the programs of a variant.
typealias ProcessTree = HistoryTree<Program, Effect, String>

extension HistoryTree where Code == Program, Request == Effect, Outcome == String {
    convenience init(_ variant: Variant, _ scenario: Scenario) {
        self.init { program, run in
            let scheduled = ScheduledServices(run: run)
            let environment = ProgramEnvironment(
                scenario: scenario, services: scheduled.services(variant.settings), database: scheduled.database)
            return try await variant.run(program, environment)
        }
    }

    /// The outcome as one word, and whether it is an error; nil before its end.
    func ending(of node: Node) -> (word: String, isFailure: Bool)? {
        switch outcome(of: node) {
        case .success(let word)?: (word, false)
        case .failure(let error)?: (Problem(error).code, true)
        case nil: nil
        }
    }
}
