import Payments

/// The scenario to explore: the participants, and the fault budgets.
///
/// Everything is bounded, so that the number of histories is finite.
package struct Scenario: Codable, Hashable, Sendable {
    /// The number of guests who pay the one order.
    package var users = 2
    /// The guests' cards, in turn; payment methods of the sandbox.
    package var cards = ["card-decline-once", "card-approve"]
    /// The maximum of payment attempts per guest.
    package var presses = 2
    package var workers = 1
    /// Refunds of two thirds of the bill, each requested once the order is paid.
    package var refunds = 0
    /// Answers of partners lost after the request took effect.
    package var lostAnswers = 0
    /// Requests to partners that never arrive.
    package var lostQuestions = 0
    /// Duplicate reports.
    package var duplicates = 0
    /// Processes that crash between two effects; a worker restarts under a new name.
    package var crashes = 0
    /// Times the clock advances to the next deadline although other steps are possible.
    package var pauses = 0
    /// Decisions of a bank or a guest about pending operations, and live holds that lapse.
    package var decisions = 0
    private var isolationGiven: Isolation?
    private var conflictsGiven: Int?

    package init() {}

    /// Omitted when it is the default.
    package var isolation: Isolation {
        get { isolationGiven ?? .serial }
        set { isolationGiven = newValue == .serial ? nil : newValue }
    }

    /// Maximum number of transactions that fail because they conflict on every attempt; only possible on snapshots.
    package var conflicts: Int {
        get { conflictsGiven ?? 0 }
        set { conflictsGiven = newValue == 0 ? nil : newValue }
    }

    private enum CodingKeys: String, CodingKey {
        case lostAnswers = "lost_answers"
        case lostQuestions = "lost_questions"
        case isolationGiven = "isolation"
        case conflictsGiven = "conflicts"
        case users, cards, presses, workers, refunds, duplicates, crashes, pauses, decisions
    }

    /// The fault budgets.
    var faults: Int { lostAnswers + lostQuestions + duplicates + crashes + pauses + decisions + conflicts }

    /// All but the cards, in an order that tokens rely on.
    var numbers: [Int] {
        get {
            [
                users, presses, workers, refunds, lostAnswers, lostQuestions, duplicates, crashes, pauses, decisions,
            ] + (isolation == .snapshot ? [conflicts] : [])
        }
        set {
            guard newValue.count == numbers.count else { return }
            if newValue.count > 10 { conflicts = newValue[10] }
            (users, presses, workers, refunds) = (newValue[0], newValue[1], newValue[2], newValue[3])
            (lostAnswers, lostQuestions, duplicates) = (newValue[4], newValue[5], newValue[6])
            (crashes, pauses, decisions) = (newValue[7], newValue[8], newValue[9])
        }
    }

    /// The names of ``numbers`` in files.
    static let numberNames = [
        "users", "presses", "workers", "refunds", "lost_answers", "lost_questions", "duplicates", "crashes", "pauses",
        "decisions", "conflicts",
    ]

    /// The maximum of each number; the search space grows with their product.
    package static let limit = 9

    var isValid: Bool {
        users >= 1 && presses >= 1 && !cards.isEmpty && numbers.allSatisfy { (0...Self.limit).contains($0) }
    }

    package func card(of guest: Int) -> String { cards.isEmpty ? "card-approve" : cards[guest % cards.count] }
}
