import CommandLineKit
import QRPayDomain
import QRPayRendering
import QRPayServices

enum ReceiptRender {
    private enum Format: String, CaseIterable { case pdf, png, text }

    static let command = Command(
        CommandSpec(
            path: ["receipt", "render"],
            summary: "Render a receipt's JSON to PDF, PNG or text, without store or network",
            arguments: [
                ArgumentSpec(
                    name: "FILE", completion: .file, summary: "A fiscal receipt as JSON, or - for standard input")
            ],
            options: [
                OptionSpec(
                    name: "output", short: "o", value: "OUT", completion: .file,
                    summary: "Where to write; - or nothing is standard output, which a terminal takes as text only"),
                OptionSpec(
                    name: "format", value: "FORMAT", completion: .values(Format.allCases.map(\.rawValue)),
                    summary: "pdf, png or text; without it by the ending of OUT"),
                OptionSpec(name: "width", value: "COLUMNS", default: "48", summary: "The width of text, 32 to 120"),
            ],
            examples: [
                ExampleSpec(
                    command: "qrpay receipt render Examples/receipts/dinner.json -o dinner.pdf",
                    summary: "An 80 mm page"),
                ExampleSpec(
                    command: "qrpay receipt render Examples/receipts/dinner.json --format text",
                    summary: "For a terminal"),
            ])
    ) { options, context in
        let path = try options.required("FILE")
        let name = path == "-" ? "standard input" : path
        let maximum = ReceiptParser.largestSize
        let json =
            try path == "-"
            ? context.readInput(maximum) : LocalFile.read(path, maximumBytes: maximum, what: "the receipt")
        let receipt: Receipt
        do {
            receipt = try ReceiptParser.receipt(from: json)
        } catch let error as ReceiptError {
            throw Problem(.invalid, "bad_receipt", "\(name): \(error.message)")
        }
        let width = try options.integer("width", in: 32...120) ?? 48
        try write(receipt, try format(options), width: width, to: options.value("output") ?? "-", context)
        return .done
    }

    private static func format(_ options: ParsedOptions) throws -> Format {
        if let asked: Format = try options.word("format") { return asked }
        guard let output = options.value("output"), output != "-" else { return .text }
        if output.hasSuffix(".txt") { return .text }
        return output.hasSuffix(".png") ? .png : .pdf
    }

    private static func write(
        _ receipt: Receipt, _ format: Format, width: Int, to path: String, _ context: Context
    ) throws {
        let bytes: [UInt8] =
            switch format {
            case .pdf: try ReceiptRenderer().pdf(of: receipt)
            case .png: try ReceiptRenderer().png(of: receipt)
            case .text: Array(ReceiptRenderer().text(of: receipt, width: width).utf8)
            }
        if path != "-" { return try LocalFile.write(bytes, to: path) }
        guard format == .text || !context.terminal.isTerminal else {
            throw Problem(.invalid, "usage", "a \(format.rawValue) is not for a terminal", hint: "name a file with -o")
        }
        try context.output.write(bytes: bytes)
    }
}
