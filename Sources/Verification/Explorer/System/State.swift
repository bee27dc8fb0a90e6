import PaymentCore
import Payments
import WorldKit

/// Everything that decides what can happen next: the store, the partners, the time, every process, every report on
/// its way, and how much may still go wrong.
struct State: Hashable, Sendable {
    struct Worker: Hashable, Sendable {
        /// Where it is; nil while it has nothing to do.
        var node: ProcessTree.Node?
        /// How often it has died.
        var deaths: UInt8 = 0
    }

    /// What has gone wrong so far, by kind.
    struct Spent: Hashable, Sendable {
        var lostAnswers: UInt8 = 0
        var lostQuestions: UInt8 = 0
        var duplicates: UInt8 = 0
        var crashes: UInt8 = 0
        var pauses: UInt8 = 0
        var decisions: UInt8 = 0
    }

    var store: StoreVersions.Version
    /// Its number among the partners' states that were reached.
    var partners: Int32
    var clock: Instant
    var workers: [Worker]
    /// How often each guest has pressed "pay".
    var presses: [UInt8]
    /// How many refunds were asked for.
    var refunds: UInt8 = 0
    /// Requests, reports and looks that are being dealt with, in ascending order.
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
