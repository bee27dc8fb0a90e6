import PaymentCore
import Payments
import WorldKit

/// Everything that determines the next steps: the store, the partners, the time, every process, every report on
/// its way, and the remaining fault budgets.
struct State: Hashable, Sendable {
    struct Worker: Hashable, Sendable {
        /// Its current node; nil while idle.
        var node: ProcessTree.Node?
        /// The number of its crashes.
        var deaths: UInt8 = 0
    }

    /// The faults so far, by kind.
    struct Spent: Hashable, Sendable {
        var lostAnswers: UInt8 = 0
        var lostQuestions: UInt8 = 0
        var duplicates: UInt8 = 0
        var crashes: UInt8 = 0
        var pauses: UInt8 = 0
        var decisions: UInt8 = 0
        var conflicts: UInt8 = 0
    }

    var store: StoreVersions.Version
    /// Its index among the partners' states reached.
    var partners: Int32
    var clock: Instant
    var workers: [Worker]
    /// The payment attempts of each guest.
    var presses: [UInt8]
    /// The number of refunds requested.
    var refunds: UInt8 = 0
    /// Requests, reports and reads in progress, in ascending order.
    var requests: [ProcessTree.Node] = []
    /// Reports on their way, by number, in ascending order.
    var reports: [Int32] = []
    var spent = Spent()
}

extension [Int32] {
    mutating func insertSorted(_ element: Int32) {
        insert(element, at: firstIndex { $0 > element } ?? endIndex)
    }

    mutating func removeFirst(_ element: Int32) {
        if let index = firstIndex(of: element) { remove(at: index) }
    }
}
