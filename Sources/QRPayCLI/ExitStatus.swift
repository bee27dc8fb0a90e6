import CommandLineKit
import Glibc
import Payments

/// The program's exit statuses.
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

    /// The status of an interrupted command, as the shell reports it: 128 plus the signal.
    ///
    /// Commands that run until stopped (a server, a worker without --drain) exit with 0.
    init(signal: Int32) { self = signal == SIGINT ? .interrupted : .terminated }

    var meaning: String {
        switch self {
        case .done: "Done"
        case .negative: "Negative result: declined, findings, part of a batch failed"
        case .usage: "Invalid command line or input"
        case .notFound: "Not found"
        case .conflict: "Conflict: already being paid, stale bill, not allowed in this state"
        case .partner: "A partner failed or timed out"
        case .store: "The store is unusable, or a library or file descriptors are missing"
        case .forbidden: "Not authorized: key or signature"
        case .pending: "Still pending after the timeout"
        case .unwritten: "Done, but the result could not be written"
        case .defect: "A bug in qrpay"
        case .interrupted: "Interrupted (Ctrl-C)"
        case .terminated: "Terminated"
        }
    }

    static let specs = allCases.map { ExitStatusSpec(status: $0.code, meaning: $0.meaning) }
}
