import MessagingKit

extension Problem {
    init(_ error: BrokerError) {
        switch error.code {
        case .unreachable: self.init(.partner, "broker_unreachable", error.message, next: .tryAgain)
        case .denied: self.init(.unauthenticated, "broker_denied", error.message)
        case .mismatch: self.init(.conflict, "broker_differs", error.message)
        case .missing: self.init(.notFound, "broker_queue_missing", error.message)
        case .canceled: self.init(.partner, "broker_canceled", error.message, next: .tryAgain)
        case .blocked: self.init(.partner, "broker_blocked", error.message, next: .tryAgain)
        case .closed: self.init(.partner, "broker_closed", error.message)
        case .library: self.init(.system, "library_missing", error.message)
        case .other: self.init(.partner, "broker_error", error.message)
        }
    }
}
