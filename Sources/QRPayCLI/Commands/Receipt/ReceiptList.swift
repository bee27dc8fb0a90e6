import CommandLineKit
import JSONKit
import PaymentCore
import Payments
import WorldKit

enum ReceiptList {
    private static let order = Argument(optional: "ORDER", .identifier, summary: "The order's id")
    private static let limit = Option("limit", "N", .integer(in: 1...1_000_000), default: "100", summary: "At most N")

    static let command = Command(
        CommandSpec(
            path: ["receipt", "list"], summary: "List stored receipts, of one order or the newest of all",
            arguments: [order], options: [limit],
            examples: [
                ExampleSpec(
                    command: "qrpay receipt list 7f3c9a2e41d84b6f9d0c5e1a2b3c4d5e --json",
                    summary: "An order's receipts with links")
            ])
    ) { options, context in
        let services = try await Wiring.services(options, context)
        let receipts = Receipts(services)
        let now = context.world.now()
        let items = try await receipts.list(orderID: options[order], limit: options[limit]).map {
            ReceiptOutput(receipt: $0, url: try receipts.link(to: $0), now: now)
        }
        try context.show(items, asJSON: options.isJSON, ifEmpty: "no receipts")
        return .done
    }
}

enum ReceiptShow {
    static let command = Command(
        CommandSpec(
            path: ["receipt", "show"], summary: "Show a stored receipt with a link to its PDF",
            arguments: [ReceiptFile.document],
            examples: [
                ExampleSpec(
                    command: "qrpay receipt show 0b9c4e2f7a6d4c1f8e3b5a7d9c0e1f2a-1", summary: "One receipt")
            ])
    ) { options, context in
        let receipts = Receipts(try await Wiring.services(options, context))
        let receipt = try await receipts.receipt(documentID: options[ReceiptFile.document])
        try context.show(
            ReceiptOutput(receipt: receipt, url: try receipts.link(to: receipt), now: context.world.now()),
            asJSON: options.isJSON)
        return .done
    }
}

enum ReceiptLink {
    private static let linkRange = Double(SettingTable.linkRange.lowerBound)...Double(SettingTable.linkRange.upperBound)
    private static let expires = Option(
        "expires", "TIME", .seconds(in: linkRange), shownDefault: "the setting \(SettingTable.linkTTL.key)",
        summary: "How long the link works")

    static let command = Command(
        CommandSpec(
            path: ["receipt", "link"], summary: "Print a temporary link to a receipt's PDF",
            arguments: [ReceiptFile.document],
            options: [expires],
            examples: [
                ExampleSpec(
                    command: "qrpay receipt link 0b9c4e2f7a6d4c1f8e3b5a7d9c0e1f2a-1 --expires 10m",
                    summary: "A link for ten minutes")
            ])
    ) { options, context in
        let receipts = Receipts(try await Wiring.services(options, context))
        let document = options[ReceiptFile.document]
        let receipt = try await receipts.receipt(documentID: document)
        let url = try receipts.link(to: receipt, expiresInSeconds: options[expires].map { Int($0) })
        if options.isJSON {
            let json: JSONObject = ["document_id": document, "key": receipt.key, "url": url]
            try context.output.write(try JSONText.render(json))
        } else {
            try context.output.write("\(url)\n")
        }
        return .done
    }
}
