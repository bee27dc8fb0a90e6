import CommandLineKit
import EncodingKit
import FiscalReceipts
import JSONKit
import PaymentCore
import PaymentPartners
import Payments

enum ReceiptRender {
    private static let files = Argument(
        repeated: "FILE", .file, isOptional: true,
        summary: "Fiscal receipts as JSON: one, an array, or JSON lines; - for standard input")
    private static let document = Option(
        "document", "ID", .identifier, summary: "The receipt of this document, instead of a file")
    private static let output = Option(
        "output", short: "o", "OUT", .file,
        summary: "Where to write one receipt; default or - is standard output (text on a terminal)")
    private static let directory = Option(
        "out-dir", "DIR", .directory, summary: "Where to write many receipts; created if missing")
    private static let format = Option(
        "format", "FORMAT", ValueParser<ReceiptFormat>.word,
        summary: "The format; default by the extension of OUT, and pdf in a directory")
    private static let width = Option(
        "width", "COLUMNS", .integer(in: 32...120), default: "48", summary: "The width of text")
    private static let dpi = Option(
        "dpi", "DPI", .integer(in: 72...600), default: "144", summary: "Pixels per inch of a PNG")

    static let command = Command(
        CommandSpec(
            path: ["receipt", "render"],
            summary: "Render receipts to PDF, PNG or text",
            discussion: """
                One receipt goes to a file or to standard output; several go, one file each, into the directory of \
                --out-dir, named after their source file. Files need neither store nor network; the receipt of \
                --document is fetched from Eda.
                """,
            arguments: [files],
            options: [document, output, directory, format, width, dpi, ReceiptFile.unit],
            rules: [
                .anyOf(files, document, otherwise: "nothing to render"), .exclusive(files, document),
                .alone(directory, without: [output, document]),
            ],
            check: { options in
                if options[directory] == nil {
                    _ = try outputFormat(options)
                    try checkCount(options)
                } else {
                    try ReceiptBatch.checkNames(of: options[files])
                }
            },
            examples: [
                ExampleSpec(
                    command: "qrpay receipt render Examples/receipts/dinner.json -o dinner.pdf",
                    summary: "Make an 80 mm page"),
                ExampleSpec(
                    command: "qrpay receipt render Examples/receipts/dinner.json --format text",
                    summary: "Show it on a terminal"),
                ExampleSpec(
                    command: "qrpay receipt render receipts.jsonl --out-dir pages",
                    summary: "Make a page for each receipt"),
                ExampleSpec(
                    command: "qrpay receipt render Examples/receipts/dinner.json -o dinner.png --dpi 300",
                    summary: "Make an image to print"),
                ExampleSpec(
                    command: "qrpay receipt render --document 0b9c4e2f7a6d4c1f8e3b5a7d9c0e1f2a-1 -o again.pdf",
                    summary: "Render a stored receipt again, from Eda's current data"),
            ],
            exitStatuses: [ExitStatusSpec(status: 1, meaning: "With --out-dir, some could not be rendered")])
    ) { options, context in
        let measures = ReceiptFormat.Measures(width: options[width], dotsPerInch: options[dpi])
        guard let directory = options[directory] else {
            let format = try outputFormat(options)
            try refuseTerminal(format, options, context)
            let receipt = try await onlyReceipt(options, context)
            for finding in ReceiptCheck.findings(of: receipt) where [.missingField, .badValue].contains(finding.class) {
                try context.warn(finding.explanation)
            }
            for note in receipt.notes { try context.warn(note) }
            try write(try format.bytes(of: receipt, measures), format, options, context)
            return .done
        }
        let batch = ReceiptBatch(
            directory: directory, format: options[format] ?? .pdf, measures: measures, unit: options[ReceiptFile.unit],
            context: context)
        return try await batch.run(options[files], asJSON: options.isJSON) ? .done : .negative
    }

    /// The format given, or by the extension of the output's name.
    private static func outputFormat(_ options: ParsedOptions) throws -> ReceiptFormat {
        if let format = options[format] { return format }
        guard let output = options[output], output != "-" else { return .text }
        let ending = FileName(output).ending ?? "pdf"
        guard let known = ReceiptFormat.allCases.first(where: { $0.fileEnding == ending.lowercased() }) else {
            throw Problem(
                .invalid, "usage", "\(output): unknown format .\(ending)",
                hint: "use .pdf, .png or .txt, or give --format")
        }
        return known
    }

    private static func checkCount(_ options: ParsedOptions) throws {
        guard options[files].count > 1 else { return }
        throw Problem(
            .invalid, "usage", "\(options[files].count) files for one output", hint: "name a directory with --out-dir")
    }

    private static func onlyReceipt(_ options: ParsedOptions, _ context: Context) async throws -> Receipt {
        let unit = options[ReceiptFile.unit]
        if let document = options[document] {
            let receipts = Receipts(try await Wiring.services(options, context))
            return try ReceiptParser.receipt(from: try await receipts.fiscalReceipt(documentID: document), unit: unit)
        }
        let path = options[files].first ?? "-"
        let json =
            try path == "-"
            ? context.readInput(ReceiptParser.maximumSize)
            : LocalFile.read(path, maximumBytes: ReceiptParser.maximumSize, what: "the receipt")
        do {
            return try ReceiptParser.receipt(from: json, unit: unit)
        } catch {
            let count = receipts(in: json)
            let source = ReceiptFile.name(path)
            guard count <= 1 else {
                throw Problem(
                    .invalid, "bad_receipt", "\(source): contains \(count.counted("receipt")), but there is one output",
                    hint: "--out-dir DIR makes a page for each")
            }
            // Amounts in an ambiguous unit are not rendered.
            let isUnit = if case .ambiguousUnit = error { true } else { false }
            throw Problem(
                .invalid, error.code, "\(source): \(error.message)",
                hint: isUnit ? "give --unit roubles or --unit kopecks" : nil)
        }
    }

    /// How many receipts an array or JSON lines hold.
    private static func receipts(in json: [UInt8]) -> Int {
        // The unit does not matter for counting.
        var reader = ReceiptReader(unit: .kopecks)
        var count = 0
        func add(_ entry: ReceiptReader.Entry) { if case .success = entry.receipt { count += 1 } }
        reader.append(json, add)
        reader.finish(add)
        return count
    }

    private static func refuseTerminal(_ format: ReceiptFormat, _ options: ParsedOptions, _ context: Context) throws {
        guard options[output] ?? "-" == "-", format != .text, context.terminal.isTerminal else { return }
        throw Problem(
            .invalid, "usage", "a \(format.rawValue) cannot be written to a terminal", hint: "name a file with -o")
    }

    private static func write(
        _ bytes: [UInt8], _ format: ReceiptFormat, _ options: ParsedOptions, _ context: Context
    ) throws {
        if let path = options[output], path != "-" { return try LocalFile.write(bytes, to: path) }
        if format == .text {
            return try context.output.write(TerminalText(lines: String(decoding: bytes, as: UTF8.self)))
        }
        try context.output.write(bytes: bytes)
    }
}

/// The output format of receipts.
enum ReceiptFormat: String, CaseIterable {
    case pdf, png, text

    var fileEnding: String { self == .text ? "txt" : rawValue }

    /// The size of the output; each applies to one format.
    struct Measures {
        /// Of text, in columns.
        var width: Int
        /// Of an image, in pixels an inch.
        var dotsPerInch: Int
    }

    func bytes(of receipt: Receipt, _ measures: Measures) throws -> [UInt8] {
        switch self {
        case .pdf: try ReceiptRenderer().pdf(of: receipt)
        case .png: try ReceiptRenderer().png(of: receipt, dotsPerInch: measures.dotsPerInch)
        case .text: Array(ReceiptRenderer().text(of: receipt, width: measures.width).utf8)
        }
    }
}
