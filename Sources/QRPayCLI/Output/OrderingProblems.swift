import EncodingKit
package import Ordering
import OrderingCore
package import Payments

extension StyleDiffers: ProblemConvertible {
    package var problem: Problem {
        let stores = "the stores are used with style \(recorded.rawValue), not \(wanted.rawValue)"
        return switch reason {
        case .unfinished(let count):
            Problem(
                .conflict, "style_differs",
                "\(stores); unfinished tasks, messages and requests of \(service.rawValue): \(count)",
                hint: "finish the work with 'qrpay ordering serve --style \(recorded.rawValue)'; "
                    + "'qrpay ordering doctor' shows what is left")
        case .inUse:
            Problem(
                .conflict, "style_differs", "\(stores), by another process",
                hint: "stop it first, or use --style \(recorded.rawValue)")
        }
    }
}

extension MessageError: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .notFound(let place):
            Problem(
                .notFound, "message_not_found", "message \(place) not found", hint: "qrpay ordering message list")
        case .notSent(let id):
            Problem(
                .notFound, "message_not_found", "no service has sent a message with the id \(id)",
                hint: "qrpay ordering outbox list")
        }
    }
}
