import CommandLineKit
import PaymentCore
import PaymentPartners
import PaymentSandbox

enum SandboxState {
    static let command = Command(
        CommandSpec(
            path: ["sandbox", "state"], summary: "Show the state of the running sandbox's partners",
            discussion: """
                Invoices with their operations, the cashback ledger, receipt documents and stored objects. In a pipe, \
                the first column names the kind of each line; --json prints everything.
                """,
            examples: [
                ExampleSpec(command: "qrpay sandbox state", summary: "Show the partners' state"),
                ExampleSpec(
                    command: "qrpay sandbox state --json | jq '.invoices[] | select(.held != \"0.00\")'",
                    summary: "Find money that is still reserved"),
            ])
    ) { options, context in
        let state = try await SandboxAccess.run(options, context) { try await $0.state() }
        if options.isJSON {
            try context.output.write(try JSONText.render(state))
        } else {
            try show(state, context)
        }
        return .done
    }

    private static func show(_ state: SandboxSnapshot, _ context: Context) throws {
        let all = [orders, invoices, operations, ledger, documents, objects]
        let sections = all.map { $0(state) }.filter { !$0.rows.isEmpty }
        guard !sections.isEmpty else {
            if context.terminal.isTerminal { try context.note("the partners have no data yet") }
            return
        }
        for (index, section) in sections.enumerated() {
            if context.terminal.isTerminal {
                let space: TerminalText = index == 0 ? "" : "\n"
                try context.output.write("\(space)\(context.terminal.style.bold(section.heading))\n")
            }
            try context.output.write(section.text(context.terminal))
        }
    }

    /// One kind of record of the partners.
    private struct Section {
        var heading: String
        /// The name of one record.
        var word: String
        var columns: [TextTable.Column]
        var rows: [[TextTable.Cell]]

        func text(_ terminal: Terminal) -> TerminalText {
            let isMixed = !terminal.isTerminal
            var table = TextTable(columns: isMixed ? [TextTable.Column("WHAT")] + columns : columns)
            for row in rows { table.append(isMixed ? [TextTable.Cell(word)] + row : row) }
            return table.render(TextTable.Mode(terminal))
        }
    }
}

// MARK: - The partners' records

extension SandboxState {
    private static func orders(_ state: SandboxSnapshot) -> Section {
        Section(
            heading: "Eda: orders", word: "order",
            columns: [
                TextTable.Column("EDA ORDER", isShrinkable: false), TextTable.Column("ORDER", isShrinkable: false),
                TextTable.Column("RESTAURANT"), TextTable.Column("UID"), amount("AMOUNT"),
            ],
            rows: state.edaOrders.map { order in
                [
                    TextTable.Cell(order.edaOrderID), TextTable.Cell(order.orderID), TextTable.Cell(order.clientID),
                    TextTable.Cell(order.uid), TextTable.Cell("\(order.amount) \(order.currency)"),
                ]
            })
    }

    private static func invoices(_ state: SandboxSnapshot) -> Section {
        Section(
            heading: "Transactions: invoices", word: "invoice",
            columns: [
                TextTable.Column("INVOICE", isShrinkable: false), TextTable.Column("UID"), amount("AMOUNT"),
                amount("HELD"), amount("CAPTURED"), amount("REFUNDED"),
            ],
            rows: state.invoices.map { invoice in
                [
                    TextTable.Cell(invoice.invoiceID), TextTable.Cell(invoice.uid),
                    TextTable.Cell("\(invoice.amount) \(invoice.currency)"), TextTable.Cell(invoice.held),
                    TextTable.Cell(invoice.captured), TextTable.Cell(invoice.refunded),
                ]
            })
    }

    private static func operations(_ state: SandboxSnapshot) -> Section {
        Section(
            heading: "Transactions: operations", word: "operation",
            columns: [
                TextTable.Column("INVOICE", isShrinkable: false), amount("NO"), TextTable.Column("KIND"),
                amount("AMOUNT"), TextTable.Column("STATUS"), TextTable.Column("REASON"),
            ],
            rows: state.invoices.flatMap { invoice in
                invoice.operations.map { operation in
                    [
                        TextTable.Cell(invoice.invoiceID), TextTable.Cell("\(operation.number)"),
                        TextTable.Cell(operation.kind.rawValue),
                        TextTable.Cell("\(operation.amount) \(operation.currency)"),
                        TextTable.Cell(operation.status.rawValue, effect: effect(operation.status)),
                        TextTable.Cell(operation.reason ?? ""),
                    ]
                }
            })
    }

    private static func effect(_ status: PaymentOperation.Status) -> TextStyle.Effect? {
        switch status {
        case .succeeded: .green
        case .failed, .lapsed: .red
        case .pending: .yellow
        case .voided: nil
        }
    }

    private static func ledger(_ state: SandboxSnapshot) -> Section {
        Section(
            heading: "Cashback: ledger", word: "entry",
            columns: [
                TextTable.Column("ENTRY"), TextTable.Column("KIND"), amount("AMOUNT"), TextTable.Column("UID"),
                TextTable.Column("ORDER", isShrinkable: false), TextTable.Column("AT"), TextTable.Column("KEY"),
            ],
            rows: state.cashbackEntries.map { entry in
                [
                    TextTable.Cell(entry.id), TextTable.Cell(entry.kind.rawValue),
                    TextTable.Cell("\(entry.amount) \(entry.currency)"), TextTable.Cell(entry.uid),
                    TextTable.Cell(entry.orderID), TextTable.Cell(entry.at), TextTable.Cell(entry.key),
                ]
            })
    }

    private static func documents(_ state: SandboxSnapshot) -> Section {
        Section(
            heading: "Eda: receipt documents", word: "document",
            columns: [
                TextTable.Column("DOCUMENT", isShrinkable: false), TextTable.Column("KIND"), amount("AMOUNT"),
                TextTable.Column("SELLER"), TextTable.Column("PUSHED"),
            ],
            rows: state.edaDocuments.map { document in
                [
                    TextTable.Cell(document.items.documentID), TextTable.Cell(document.items.kind.rawValue),
                    TextTable.Cell("\(document.items.amount) \(document.items.currency)"),
                    TextTable.Cell(document.items.sellerName), TextTable.Cell(document.pushedAt),
                ]
            })
    }

    private static func objects(_ state: SandboxSnapshot) -> Section {
        Section(
            heading: "S3: objects", word: "object",
            columns: [TextTable.Column("KEY"), amount("BYTES"), TextTable.Column("TYPE")],
            rows: state.objects.map { object in
                [TextTable.Cell(object.key), TextTable.Cell("\(object.size)"), TextTable.Cell(object.contentType)]
            })
    }

    private static func amount(_ header: String) -> TextTable.Column {
        TextTable.Column(header, alignment: .right, isShrinkable: false)
    }
}
