import CommandLineKit
import Glibc
import Payments

/// What the shell sees.
enum ExitStatus: Int32, CaseIterable {
    case done = 0
    case negative = 1
    case usage = 2
    case notFound = 3
    case conflict = 4
    case partner = 5
    case store = 6
    case forbidden = 7
    case pending = 8
    case unwritten = 9
    case defect = 70
    case interrupted = 130
    case terminated = 143

    var code: Int32 { rawValue }

    init(_ kind: Problem.Kind) {
        self =
            switch kind {
            case .invalid: .usage
            case .notFound: .notFound
            case .conflict: .conflict
            case .partner: .partner
            case .store, .system: .store
            case .unauthenticated, .forbidden: .forbidden
            case .pending: .pending
            case .negative: .negative
            case .unwritten: .unwritten
            case .defect: .defect
            }
    }

    /// How a shell sees the end by a signal, of what was not done then.
    ///
    /// What runs until it is stopped (a server, a worker without --drain) has done its work then: 0.
    init(signal: Int32) { self = signal == SIGINT ? .interrupted : .terminated }

    var meaning: String {
        switch self {
        case .done: "Done"
        case .negative: "It ran, and the answer is no: declined, findings, part of a batch failed"
        case .usage: "The command line or the input cannot be used"
        case .notFound: "Not found"
        case .conflict: "Conflict: order taken, stale bill, state forbids it"
        case .partner: "A partner failed or timed out"
        case .store: "The store cannot be used, or a library or open files are missing"
        case .forbidden: "Not allowed: key or signature"
        case .pending: "Still pending when the time ran out"
        case .unwritten: "Done, but the result could not be written"
        case .defect: "A bug in qrpay"
        case .interrupted: "Interrupted (Ctrl-C)"
        case .terminated: "Terminated"
        }
    }

    static let specs = allCases.map { ExitStatusSpec(status: $0.code, meaning: $0.meaning) }
}
