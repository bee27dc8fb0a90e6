import CommandLineKit
import DocumentKit
import QRPayAPI
import QRPayDomain
import QRPayServices

enum PreorderCreate {
    static let command = Command(
        CommandSpec(
            path: ["preorder", "create"], summary: "Turn a bill into an order with a signed deeplink and its QR code",
            discussion: """
                The bill is JSON as iiko-integration's POST /orders takes it, JSON as iikoCloud's order/by_id answers it, \
                or CSV with a header name,amount; the form is recognised by its content.

                The restaurant's id and the bill's id are the idempotency key: the same bill again returns the same \
                order, another bill under the same key is a new version of it until somebody begins to pay.

                With --server the bill is sent as the restaurant's iiko sends it; its API key is in the file of \
                QRPAY_API_KEY_FILE.
                """,
            arguments: [
                ArgumentSpec(name: "BILL", completion: .file, summary: "The bill's file, or - for standard input")
            ],
            options: [
                OptionSpec(
                    name: "format", value: "FORM", completion: .values(BillFormat.allCases.map(\.rawValue)),
                    summary: "Force a form: seed, iikocloud or lines"),
                OptionSpec(name: "restaurant", value: "CLIENT_ID", summary: "The restaurant, for the lines form"),
                OptionSpec(
                    name: "bill-id", value: "ID", summary: "The restaurant's id of the bill, for the lines form"),
                OptionSpec(
                    name: "currency", value: "CODE", default: "RUB",
                    summary: "The currency where the form names none"),
                OptionSpec(name: "strict", summary: "Refuse a bill with warnings"),
                OptionSpec(
                    name: "qr", value: "FILE", completion: .file,
                    summary: "Write the QR code to a file ending in .png or .svg"),
                Server.option,
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay preorder create Examples/bills/cafe.seed.json",
                    summary: "Take in a bill and print its QR code"),
                ExampleSpec(
                    command: "qrpay preorder create bar.csv --restaurant bar-7 --bill-id 1042 --json",
                    summary: "Take in lines from a script"),
                ExampleSpec(
                    command: "qrpay preorder create bill.json --server http://127.0.0.1:8780",
                    summary: "Send a bill to a server, as iiko does"),
            ],
            exitStatuses: [ExitStatusSpec(status: 4, meaning: "Somebody pays an order with another bill already")])
    ) { options, context in
        let picture = try options.value("qr").map(Picture.init)
        let (bill, warnings) = try readBill(options, context)
        let output =
            if let server = try Server.named(by: options, context) {
                try await send(bill, warnings, to: server)
            } else {
                try await take(bill, warnings, options, context)
            }
        let code = try QRCode(output.deeplink, errorCorrection: .medium)
        try picture?.write(code)
        for warning in warnings { try context.warn(warning) }
        try context.show(output, asJSON: options.isJSON)
        if !options.isJSON, context.terminal.isTerminal {
            try context.output.write("\n\(TerminalText(drawn: code.terminal()))\n")
        }
        return .done
    }

    /// Into the store.
    private static func take(
        _ bill: Bill, _ warnings: [String], _ options: ParsedOptions, _ context: Context
    ) async throws -> PreorderOutput {
        let services = try await Wiring.services(options, context, missingStore: .made)
        let created = try await Preorders(services).create(bill)
        if created.restaurant == nil {
            try context.warn(
                "restaurant \(bill.clientID) is not registered: its receipts carry its id, and it has no cashback of its own"
            )
        }
        let link = created.deeplink.url(base: services.settings.deeplinkBase)
        return PreorderOutput(OrderOutput(order: created.order, deeplink: link), created, warnings)
    }

    /// To a server.
    private static func send(_ bill: Bill, _ warnings: [String], to server: Server) async throws -> PreorderOutput {
        let created = try await server.iiko().create(bill)
        return PreorderOutput(
            ServedOrderOutput(bill, orderID: created.orderID, deeplink: created.deeplink), warnings)
    }

    private static func readBill(_ options: ParsedOptions, _ context: Context) throws -> (Bill, [String]) {
        let path = try options.required("BILL")
        let name = path == "-" ? "standard input" : path
        let maximum = BillReader.maximumBytes
        let bytes =
            try path == "-"
            ? context.readInput(maximum) : LocalFile.read(path, maximumBytes: maximum, what: "the bill")
        do {
            let read = try BillReader.read(
                bytes, format: options.word("format"), restaurant: options.identifier(option: "restaurant"),
                billID: options.identifier(option: "bill-id"), currency: options.value("currency"),
                isStrict: options.isSet("strict"))
            return (read.bill, read.warnings.map { "\(name): \($0.message)" })
        } catch let error as BillError {
            throw Problem(.invalid, "bad_bill", "\(name): \(error.message)")
        }
    }
}

/// The file that the QR code is written to, its format by its ending.
private struct Picture {
    let path: String

    /// - Throws: ``Problem`` for another ending, so before anything is done.
    init(_ path: String) throws {
        guard path.hasSuffix(".svg") || path.hasSuffix(".png") else {
            throw Problem(.invalid, "usage", "--qr '\(path)': must end in .png or .svg")
        }
        self.path = path
    }

    func write(_ code: QRCode) throws {
        let bytes = try path.hasSuffix(".svg") ? Array(code.svg().utf8) : code.png(moduleSize: 8)
        try LocalFile.write(bytes, to: path)
    }
}

/// A freshly taken-in bill.
private struct PreorderOutput: Detailed {
    let deeplink: String
    private(set) var json: JSONObject
    let details: [(label: String, value: String?)]

    init(_ output: OrderOutput, _ created: Preorders.Created, _ warnings: [String]) {
        let order = output.order
        deeplink = output.deeplink
        json = output.json
        json["is_new"] = created.isNew
        json["cashback_percent"] = created.cashback?.percent.description
        json["cashback_amount"] = created.cashback?.amount.decimal
        json["warnings"] = warnings
        details = [
            ("order_id", order.orderID), ("restaurant", created.restaurant?.name ?? order.clientID),
            ("bill", "\(order.internalOrderID), version \(order.billVersion)"), ("status", order.status.rawValue),
            ("amount", order.amount.description),
            ("cashback", created.cashback.map { "\($0.percent)%, \($0.amount)" }), ("deeplink", output.deeplink),
        ]
    }

    /// Of what is null a server tells iiko nothing.
    init(_ output: ServedOrderOutput, _ warnings: [String]) {
        deeplink = output.deeplink
        json = output.json
        for name in ["is_new", "cashback_amount"] { json[name] = nil }
        json["warnings"] = warnings
        details = output.details
    }
}
