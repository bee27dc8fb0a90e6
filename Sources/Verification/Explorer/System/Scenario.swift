import Payments

/// What is explored: who takes part, and how much may go wrong.
///
/// Everything is bounded, so that the number of histories is finite.
package struct Scenario: Codable, Hashable, Sendable {
    /// How many guests pay for the one order.
    package var users = 2
    /// What each guest pays with, in turn; the sandbox's payment methods.
    package var cards = ["card-decline-once", "card-approve"]
    /// How often each guest may press "pay".
    package var presses = 2
    package var workers = 1
    /// Refunds of two thirds of the bill, each asked for once the order is paid.
    package var refunds = 0
    /// Answers of partners that get lost after their effect.
    package var lostAnswers = 0
    /// Questions to partners that never arrive.
    package var lostQuestions = 0
    /// Reports that arrive once more than they were sent.
    package var duplicates = 0
    /// Processes that die between two effects; a worker is started again under another name.
    package var crashes = 0
    /// Times that the clock runs on to the next deadline although somebody could still do something.
    package var pauses = 0
    /// Decisions of a bank or a guest about what is pending, and live holds that lapse.
    package var decisions = 0

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case lostAnswers = "lost_answers"
        case lostQuestions = "lost_questions"
        case users, cards, presses, workers, refunds, duplicates, crashes, pauses, decisions
    }

    /// How often something may go wrong.
    var faults: Int { lostAnswers + lostQuestions + duplicates + crashes + pauses + decisions }

    /// All but the cards, in an order that tokens rely on.
    var numbers: [Int] {
        get {
            [
                users, presses, workers, refunds, lostAnswers, lostQuestions, duplicates, crashes, pauses, decisions,
            ]
        }
        set {
            guard newValue.count == 10 else { return }
            (users, presses, workers, refunds) = (newValue[0], newValue[1], newValue[2], newValue[3])
            (lostAnswers, lostQuestions, duplicates) = (newValue[4], newValue[5], newValue[6])
            (crashes, pauses, decisions) = (newValue[7], newValue[8], newValue[9])
        }
    }

    /// What ``numbers`` are called in files.
    static let numberNames = [
        "users", "presses", "workers", "refunds", "lost_answers", "lost_questions", "duplicates", "crashes", "pauses",
        "decisions",
    ]

    /// The most of everything; what is explored grows with all of it together.
    package static let limit = 9

    var isValid: Bool {
        users >= 1 && presses >= 1 && !cards.isEmpty && numbers.allSatisfy { (0...Self.limit).contains($0) }
    }

    package func card(of guest: Int) -> String { cards.isEmpty ? "card-approve" : cards[guest % cards.count] }
}
