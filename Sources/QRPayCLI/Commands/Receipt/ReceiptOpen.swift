import CommandLineKit
import PaymentCore
import Payments

enum ReceiptOpen {
    private static let output = Option(
        "output", short: "o", "OUT", .file, summary: "Save it to this file; - is standard output, if not a terminal")

    static let command = Command(
        CommandSpec(
            path: ["receipt", "open"], summary: "Show a stored receipt's PDF in the desktop's viewer, or save it",
            arguments: [ReceiptFile.document], options: [output],
            examples: [
                ExampleSpec(
                    command: "qrpay receipt open 0b9c4e2f7a6d4c1f8e3b5a7d9c0e1f2a-1 -o receipt.pdf", summary: "Save it")
            ])
    ) { options, context in
        let (document, output) = (options[ReceiptFile.document], options[output])
        guard output != "-" || !context.terminal.isTerminal else {
            throw Problem(.invalid, "usage", "a pdf cannot be written to a terminal", hint: "name a file with -o")
        }
        let receipts = Receipts(try await Wiring.services(options, context))
        let pdf = try await receipts.pdf(of: try await receipts.receipt(documentID: document))
        switch output {
        case "-": try context.output.write(bytes: pdf)
        case let path?: try LocalFile.write(pdf, to: path)
        case nil:
            // Not removed: the viewer reads it after this process has ended.
            let directory = HomeDirectory.temporary(context.environment)
            let path = "\(try LocalFile.makeTemporaryDirectory(in: directory))/\(document).pdf"
            try LocalFile.write(pdf, to: path, mode: 0o600)
            try context.showFile(path)
        }
        return .done
    }
}
