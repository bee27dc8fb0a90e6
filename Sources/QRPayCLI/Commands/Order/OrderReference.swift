import CommandLineKit
import PaymentCore
import Payments

/// An order named by its id, or by its deeplink as a guest has it.
enum OrderReference: Sendable {
    case id(String)
    /// Not verified yet.
    case deeplink(String)

    static let argument = argument(summary: "The order's id, or its deeplink")
    static let verifiedArgument = argument(summary: "The order's id, or a deeplink, which is then verified")

    static func argument(summary: String) -> Argument<OrderReference> { Argument("ORDER", parser, summary: summary) }

    private static let parser = ValueParser<OrderReference> { written, time in
        let text = CopiedText.trimmed(written)
        if text.contains("?") || text.contains("/") { return .deeplink(text) }
        return .id(try ValueParser.identifier.read(text, time))
    }

    /// As given.
    var text: String {
        switch self {
        case .id(let text), .deeplink(let text): text
        }
    }

    /// - Throws: ``DeeplinkError`` when a deeplink's signature does not match.
    func orderID(_ services: Services) throws -> String {
        switch self {
        case .id(let id): return id
        case .deeplink(let url):
            let link = try Deeplink(url: url, base: services.settings.deeplinkBase)
            try services.deeplinks.verify(link)
            return link.orderID
        }
    }
}
