import CommandLineKit
import Explorer
import FoundationEssentials
import Glibc
import HTTPKit
import PaymentPartners
import PaymentSandbox
import Payments
import QRPayCLI
import Synchronization
import TestSupport
import Testing

/// Receipts that the workers have fetched, and links to them.
@Suite struct ReceiptTests {
    @Test func `every payment and refund has a receipt`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let id = try await stage.paidOrder()
            try await stage.qrpay("order", "refund", id, "--amount", "20.50").succeeded()
            let work = await stage.qrpay("work", "--drain")
            #expect(work.status == 0, "\(work)")

            let listed = try await stage.qrpay("receipt", "list", id, "--json").succeeded().json()
            #expect(Set(listed.elements.map { $0["type"] }) == ["payment", "refund"], "\(listed)")
            for receipt in listed.elements {
                let document = try #require(receipt["document_id"].text)
                #expect(receipt["key"] == .string("\(id)/\(document).pdf"))
                let shown = try await stage.qrpay("receipt", "show", document, "--json").succeeded().json()
                #expect(shown["cost"] == receipt["cost"])
                let link = await stage.qrpay("receipt", "link", document, "--expires", "10m")
                try #require(link.stdout.hasPrefix(stage.partnersURL) && link.stdout.hasSuffix("\n"), "\(link)")
                let path = String(link.stdout.dropFirst(stage.partnersURL.count).dropLast())
                let answer = try await stage.send("GET", path)
                #expect(answer.status == 200 && answer.body.starts(with: Array("%PDF-".utf8)), "\(link)")
                try await expectSaved(document, answer.body, on: stage)
            }
            let text = await stage.qrpay("receipt", "list", id)
            #expect(text.rows.count == 2 && text.rows.allSatisfy { $0.count == 5 }, "\(text)")
            #expect(Set(text.rows.map { $0[1] }) == ["Чек", "Чек возврата"], "\(text)")
            #expect(text.rows.allSatisfy { $0[4].hasPrefix("\(stage.partnersURL)/s3/") }, "\(text)")
            let history = try await stage.qrpay("order", "history", id, "--json").json().elements
            #expect(history.count { $0["event"] == "receipt_stored" } == 2)
        }
    }

    /// The stored PDF from `open`, and the same receipt rendered from Eda's data.
    private func expectSaved(_ document: String, _ stored: [UInt8], on stage: Stage) async throws {
        let (saved, again) = (stage.directory.file("saved.pdf"), stage.directory.file("again.pdf"))
        try await stage.qrpay("receipt", "open", document, "-o", saved).succeeded()
        try await stage.qrpay("receipt", "render", "--document", document, "-o", again).succeeded()
        #expect(try Array(Data(contentsOf: URL(filePath: saved))) == stored)
        #expect(try Array(Data(contentsOf: URL(filePath: again))) == stored)
        let shown = Mutex<[String]>([])
        let run = await stage.qrpay(["receipt", "open", document]) { context in
            context.showFile = { path in shown.withLock { $0.append(path) } }
        }
        let path = try #require(shown.withLock { $0.first }, "\(run)")
        defer { unlink(path) }
        #expect(run.status == 0, "\(run)")
        #expect(try Array(Data(contentsOf: URL(filePath: path))) == stored)
    }

    @Test func `without a desktop a receipt is not shown`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.paidOrder()
            try await stage.qrpay("work", "--drain").succeeded()
            let document = try #require(
                try await stage.qrpay("receipt", "list", id, "--json").json().elements.first?["document_id"].text)
            await stage.expectFailure(["receipt", "open", document], 2, "no_viewer", "no desktop")
            await stage.qrpay(["receipt", "open", document, "-o", "-"], terminal: Terminal(isTerminal: true))
                .failed(2, "usage", "cannot be written to a terminal")
            try await stage.inject(FaultRule(partner: .s3, first: 1, kind: .truncated))
            await stage.qrpay("receipt", "open", document, "-o", stage.directory.file("cut.pdf")).failed(
                5, "partner_interrupted")
            #expect(!FileManager.default.fileExists(atPath: stage.directory.file("cut.pdf")))
        }
    }

    @Test func `an order tells of paused and canceled receipts`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.paidOrder()
            try await stage.qrpay("task", "pause", "receipt.fetch", "--reason", "Check is down").succeeded()
            let paused = try await stage.qrpay("order", "show", id, "--explain").succeeded().stdout
            #expect(paused.contains("(Check is down): 'qrpay task resume receipt.fetch'"), "\(paused)")
            try await stage.qrpay("task", "resume", "receipt.fetch").succeeded()
            let tasks = try await stage.qrpay("task", "list", "--kind", "receipt.fetch", "--json").json().elements
            let task = try #require(tasks.first?["task_id"].text)
            try await stage.qrpay("task", "cancel", task, "--reason", "a test order").succeeded()
            let canceled = try await stage.qrpay("order", "show", id, "--explain").succeeded().stdout
            #expect(canceled.contains("1 receipt of Eda"), "\(canceled)")
            #expect(canceled.contains("was canceled: 'qrpay task requeue \(task)'"), "\(canceled)")
        }
    }

    @Test func `a failure of Check is a failing task`() async throws {
        try await Stage.run { stage async throws in
            let id = try await stage.paidOrder()
            try await stage.inject(FaultRule(partner: .check, first: 1, kind: .status))
            try await stage.qrpay("work", "--drain").succeeded()
            let receipts = try await stage.qrpay("receipt", "list", id, "--json").json().elements
            #expect(receipts.count == 1 && receipts[0]["cost"] == "120.50")
        }
    }

    @Test func `missing objects`() async throws {
        try await Stage.run { stage async throws in
            _ = try await stage.order()
            #expect(try await stage.qrpay("receipt", "list", "--json").succeeded().json() == .array([]))
            await stage.expectFailure(["receipt", "render", "--document", "none-1"], 3, "receipt_not_at_eda", "none-1")
            for command in ["show", "link", "open"] {
                await stage.expectFailure(["receipt", command, "none-1"], 3, "receipt_not_found", "receipt none-1")
                await stage.expectFailure(["receipt", command, "a/b"], 2, "usage", "DOCUMENT 'a/b'")
            }
            for time in ["0", "8d", "soon", "-1s"] {
                await stage.expectFailure(["receipt", "link", "none-1", "--expires=\(time)"], 2, "usage", "--expires")
            }
        }
    }
}
