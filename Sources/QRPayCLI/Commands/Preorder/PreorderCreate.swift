import CommandLineKit
import DrawingKit
import JSONKit
import PaymentAPI
import PaymentCore
import Payments

enum PreorderCreate {
    private static let bill = Argument("BILL", .file, summary: "The bill's file, or - for standard input")
    private static let format = Option("format", "FORM", ValueParser<BillFormat>.word, summary: "Force a form")
    private static let restaurant = Option(
        "restaurant", "CLIENT_ID", .identifier, summary: "The restaurant, for the lines form")
    private static let billID = Option(
        "bill-id", "ID", .identifier, summary: "The restaurant's id of the bill, for the lines form")
    private static let currency: Option<String?> = Option(
        "currency", "CODE", billCurrency, shownDefault: Currency.rub.code,
        summary: "The currency, if the form names none")
    private static let strict = Option(flag: "strict", summary: "Refuse a bill with any warning")
    private static let picture = Option(
        "qr", "FILE", Picture.parser, summary: "Write the QR code to a file ending in .png or .svg")

    static let command = Command(
        CommandSpec(
            path: ["preorder", "create"], summary: "Turn a bill into an order with a signed deeplink and its QR code",
            discussion: """
                The bill is JSON as accepted by iiko-integration's POST /orders, JSON as returned by iikoCloud's \
                order/by_id, or CSV with a header name,amount; the form is detected from the content.

                The restaurant's id and the bill's id are the idempotency key: the same bill again returns the same \
                order, a changed bill under the same key is a new version of it until a payment begins.

                Amounts the restaurant already received, from iikoCloud's processedPaymentsSum and payments, are kept \
                as prepaid, and the guest pays the rest. A bill with nothing left to pay is refused (already_paid), \
                and an order still open for it is canceled.

                Warnings, each of which --strict turns into an error: the lines do not add up to the total; a deleted \
                line is skipped; tips are skipped; payments are preliminary and count as not paid; payments and \
                processedPaymentsSum differ, and the larger one counts as paid; a line has no name; a text that is not \
                UTF-8 names no encoding; the restaurant is not registered (not reported by a server).

                JSON numbers are read as numbers (1e3 is 1000): floating-point noise far below a minor unit is \
                rounded, as are decimals of a quantity beyond six; other excess decimals are refused. Numbers in \
                quotes and those of CSV are decimal text. CSV may be separated by commas, or by semicolons or tabs \
                with decimal commas or points, and may be UTF-8, UTF-16 or Windows-1251.

                The QR code is drawn on a terminal, or whenever --qr-style is given: ansi sets black on white itself, \
                light and dark use no colors and suit a terminal of that theme. The default is ansi; with \
                NO_COLOR or on a terminal without colors it is dark, or light if COLORFGBG indicates a light \
                background.

                With --server the bill is sent as the restaurant's iiko sends it, using the API key in \
                QRPAY_API_KEY_FILE.
                """,
            arguments: [bill],
            options: [
                format, restaurant, billID, currency, strict, picture, QRCode.TerminalStyle.option, Server.option,
            ],
            check: { try checkNames($0) },
            examples: [
                ExampleSpec(
                    command: "qrpay preorder create Examples/bills/cafe.seed.json",
                    summary: "Create an order and print its QR code"),
                ExampleSpec(
                    command: "qrpay preorder create bar.csv --restaurant bar-7 --bill-id 1042 --json",
                    summary: "Create an order from a script"),
                ExampleSpec(
                    command: "qrpay preorder create bill.json --server http://127.0.0.1:8780",
                    summary: "Send a bill to a server, as iiko does"),
            ],
            exitStatuses: [
                ExitStatusSpec(
                    status: 4, meaning: "The order is already being paid with another bill, or nothing is left to pay")
            ]),
        libraries: [.http, .signing, .codes]
    ) { options, context in
        let draft = try options[picture]?.draft()
        let style = options[QRCode.TerminalStyle.option]
        let (bill, warnings) = try readBill(options, context)
        let output =
            if let server = try Server.named(by: options, context) {
                try await send(bill, warnings, to: server)
            } else {
                try await take(bill, warnings, options, context)
            }
        context.did("order \(output.orderID) is created", look: "qrpay order show \(output.orderID)")
        let code = try QRCode(output.deeplink, errorCorrection: .medium)
        try draft?.write(code)
        for warning in warnings { try context.warn(warning) }
        try context.show(output, asJSON: options.isJSON)
        if !options.isJSON, style != nil || context.terminal.isTerminal {
            let style = style ?? .init(context.terminal, environment: context.environment)
            try context.output.write("\n\(TerminalText(drawn: code.terminal(style)))\n")
        }
        return .done
    }

    private static let billCurrency = ValueParser<String> { code in
        do throws(MoneyError) {
            return try Currency(code: code).code
        } catch {
            throw Problem(.invalid, "bad_bill", "\(currency.label): \(error.message)")
        }
    }

    /// The lines form does not name the restaurant and the bill.
    private static func checkNames(_ options: ParsedOptions) throws {
        let names: [any CommandOption] = [restaurant, billID]
        guard options[format] == .lines, let missing = names.first(where: { !options.isGiven($0) }) else { return }
        throw Problem(.invalid, "bad_bill", "\(missing.label) is missing: a bill in the lines form does not name it")
    }

    /// Creates the order in the store.
    private static func take(
        _ bill: Bill, _ warnings: [String], _ options: ParsedOptions, _ context: Context
    ) async throws -> PreorderOutput {
        let services = try await Wiring.services(options, context, missingStore: .made)
        let unregistered =
            "restaurant \(bill.clientID) is not registered: receipts show its id, and it has no own cashback rule"
        if options[strict], !bill.amount.isZero, try await !Restaurants(services).isKnown(bill.clientID) {
            throw Problem(.invalid, "bad_bill", "refused because of 1 warning: \(unregistered)")
        }
        let created = try await Preorders(services).create(bill)
        if created.restaurant == nil { try context.warn(unregistered) }
        let link = created.deeplink.url(base: services.settings.deeplinkBase)
        return PreorderOutput(OrderOutput(order: created.order, deeplink: link), created, warnings)
    }

    /// Sends the bill to a server.
    private static func send(_ bill: Bill, _ warnings: [String], to server: Server) async throws -> PreorderOutput {
        let created = try await server.iiko().create(bill)
        return PreorderOutput(
            ServedOrderOutput(bill, orderID: created.orderID, deeplink: created.deeplink), warnings)
    }

    private static func readBill(_ options: ParsedOptions, _ context: Context) throws -> (Bill, [String]) {
        let path = options[bill]
        let name = path == "-" ? "standard input" : path
        let maximum = BillReader.maximumBytes
        let bytes =
            try path == "-"
            ? context.readInput(maximum) : LocalFile.read(path, maximumBytes: maximum, what: "the bill")
        do throws(BillError) {
            let read = try BillReader.read(
                bytes, format: options[format], restaurant: options[restaurant], billID: options[billID],
                currency: options[currency], isStrict: options[strict])
            return (read.bill, read.warnings.map { "\(name): \($0.message)" })
        } catch {
            throw Problem(.invalid, "bad_bill", "\(name): \(error.message)")
        }
    }
}

/// The file for the QR code; its extension decides the format.
private struct Picture {
    private let path: String
    private let isVector: Bool

    static let parser = ValueParser<Picture>(completion: .file) { path in
        let ending = path.lowercased()
        guard ending.hasSuffix(".svg") || ending.hasSuffix(".png") else {
            throw InvalidValue("must end in .png or .svg")
        }
        return Picture(path: path, isVector: ending.hasSuffix(".svg"))
    }

    /// The file, before anything is done.
    struct Draft {
        fileprivate let isVector: Bool
        fileprivate let file: FileDraft

        func write(_ code: QRCode) throws {
            try file.append(isVector ? Array(code.svg().utf8) : code.png(moduleSize: 8))
            try file.keep()
        }
    }

    /// - Throws: ``OutputFailure`` for an unusable path.
    func draft() throws -> Draft { Draft(isVector: isVector, file: try FileDraft(path)) }
}

/// A newly created order.
private struct PreorderOutput: Detailed {
    let orderID: String
    let deeplink: String
    private(set) var json: JSONObject
    let details: [(label: String, value: String?)]

    init(_ output: OrderOutput, _ created: Preorders.Created, _ warnings: [String]) {
        let order = output.order
        orderID = order.orderID
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
            ("prepaid", order.prepaid.isZero ? nil : order.prepaid.description),
            ("cashback", created.cashback.map { "\($0.percent)%, \($0.amount)" }), ("deeplink", output.deeplink),
        ]
    }

    /// Null fields are those that a server does not send to iiko.
    init(_ output: ServedOrderOutput, _ warnings: [String]) {
        orderID = output.orderID
        deeplink = output.deeplink
        json = output.json
        for name in ["is_new", "cashback_amount"] { json[name] = nil }
        json["warnings"] = warnings
        details = output.details
    }
}
