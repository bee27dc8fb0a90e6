import Explorer
import FoundationEssentials
import PaymentCore
import QRPayCLI
import Synchronization
import TestSupport
import Testing
import WorldKit

/// The whole flow.
@Suite struct DemoTests {
    @Test func `every step succeeds and is kept`() async throws {
        try await Stage.run { stage async throws in
            let folder = stage.directory.file("demo")
            let run = await stage.qrpay("demo", "--dir", folder, "--json")
            let summary = try run.succeeded().json()
            #expect(summary["ok"] == true && summary["orders"].elements.count == 3, "\(run)")
            #expect(summary["receipts"].elements.count == 3 && summary["audit_findings"].elements.count == 1, "\(run)")
            for receipt in summary["receipts"].elements {
                let path = "\(folder)/receipts/\(receipt["key"].text ?? "")"
                #expect(try Data(contentsOf: URL(filePath: path)).starts(with: Array("%PDF-".utf8)), "\(path)")
            }
            let listed = try await stage.qrpay("order", "list", "--store", "\(folder)/qrpay.db", "--json").json()
            #expect(listed.elements.count == 3)
            await stage.expectFailure(["demo", "--dir", folder], 2, "directory_in_use", folder)
        }
    }

    @Test(arguments: [2, 15] as [Int32])
    func `a stopped demo leaves nothing behind`(_ signal: Int32) async throws {
        try await Stage.run { stage async throws in
            let ids = Mutex<[String]>([])
            let (asks, ask) = AsyncStream.makeStream(of: Void.self)
            let run = await stage.qrpay(["demo"]) { context in
                let newID = context.world.newID
                context.world.newID = {
                    let id = newID()
                    ids.withLock { $0.append(id) }
                    return id
                }
                context.output = OutputSink { bytes in
                    if String(decoding: bytes, as: UTF8.self).contains("Three guests, one order") { ask.yield() }
                }
                context.stopSignal = {
                    for await _ in asks { return signal }
                    return 0
                }
            }
            #expect(run.status == 128 + signal && run.stderr.isEmpty, "\(run)")
            let made = ids.withLock { $0 }.map { "\(stage.directory.path)/qrpay-demo-\($0)" }
            #expect(made.count > 1 && !made.contains { FileManager.default.fileExists(atPath: $0) })
        }
    }

    @Test func `the demo prints its steps`() async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay("demo")
            try run.succeeded()
            #expect(run.stdout.contains("\n6  iiko polls, and the cashback is audited\n"), "\(run)")
            #expect(run.hasNothingUnseen && run.stderr.isEmpty, "\(run)")
        }
    }
}
