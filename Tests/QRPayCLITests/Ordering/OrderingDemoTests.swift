import FoundationEssentials
import Ordering
import OrderingCore
import QRPayCLI
import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

/// The four styles one after the other, and what is kept of them.
@Suite struct OrderingDemoTests {
    @Test func `every step of every style succeeds, and its orders can be traced`() async throws {
        try await Stage.run { stage async throws in
            let folder = stage.directory.file("styles")
            let run = await stage.qrpay("ordering", "demo", "--dir", folder, "--json")
            let styles = try run.succeeded().json()["styles"].elements
            #expect(styles.map { $0["style"].text } == StyleName.allCases.map(\.rawValue))
            let arrows = styles.map {
                [$0["requests"].number, $0["messages"].number, $0["deliveries"].number]
            }
            #expect(arrows == [[4, 0, 0], [3, 4, 5], [0, 4, 5], [1, 3, 4]])
            #expect(styles.map { $0["status"].number } == [200, 200, 200, 202])
            #expect(styles.allSatisfy { $0["checks"].elements.count >= 14 })
            for style in styles {
                let order = try #require(style["order_id"].text)
                try await expectTrace(stage, order, stores: "\(folder)/\(style["style"].text ?? "")")
            }
            await stage.expectFailure(["ordering", "demo", "--dir", folder], 2, "directory_in_use", folder)
            try await expectDifference(stage, try #require(styles.last?["order_id"].text), stores: "\(folder)/hybrid")
        }
    }

    /// An arrow that is missing afterwards is the first difference.
    private func expectDifference(_ stage: Stage, _ order: String, stores: String) async throws {
        let opened = try await OrderingStores.open(folder: stores, style: nil)
        let push = try #require(opened.databases[.push])
        try await push.write { _ = try $0.execute("DELETE FROM push_events WHERE order_id = $1", [.text(order)]) }
        await opened.close()
        let run = await stage.qrpay("ordering", "trace", order, "--stores", stores, "--against", "seed")
        #expect(run.status == 1)
        #expect(
            run.stdout.contains(
                "\ndrawn after broker → push consume Order/OrderSucceeded, and not in the run: "
                    + "push → client push event\n"), "\(run)")
        let json = try await stage.qrpay(
            "ordering", "trace", order, "--stores", stores, "--against", "seed", "--json"
        ).json()
        #expect(json["against"]["as_drawn"] == false)
        #expect(json["against"]["difference"]["drawn"]["kind"].text == "push_event")
        #expect(json["against"]["difference"]["run"]["kind"].text == nil)
    }

    private func expectTrace(_ stage: Stage, _ order: String, stores: String) async throws {
        let against = await stage.qrpay("ordering", "trace", order, "--stores", stores, "--against", "seed")
        try against.succeeded()
        #expect(against.stdout.contains("\nas drawn\n") && against.hasNothingUnseen, "\(against)")
        let json = try await stage.qrpay(
            "ordering", "trace", order, "--stores", stores, "--against", "seed", "--json"
        ).succeeded().json()
        #expect(json["id"].text == order && json["status"].text == "succeeded")
        #expect(json["against"]["as_drawn"] == true)
        #expect(json["arrows"].elements.first?["kind"].text == "ask")
        let drawing = await stage.qrpay("ordering", "trace", order, "--stores", stores, "--mermaid")
        try drawing.succeeded()
        let lines = drawing.stdout.split(separator: "\n")
        #expect(lines.first == "sequenceDiagram" && lines.dropFirst().first == "    actor client as Client")
        #expect(lines.count { $0.contains(">>") } == json["arrows"].elements.count)
        await stage.expectFailure(
            ["ordering", "trace", "unknown", "--stores", stores], 3, "order_not_found", "order unknown not found")
    }

    @Test(arguments: [2, 15] as [Int32])
    func `a stopped demo leaves nothing behind`(_ signal: Int32) async throws {
        try await Stage.run { stage async throws in
            let ids = Mutex<[String]>([])
            let (asks, ask) = AsyncStream.makeStream(of: Void.self)
            let run = await stage.qrpay(["ordering", "demo"]) { context in
                let newID = context.world.newID
                context.world.newID = {
                    let id = newID()
                    ids.withLock { $0.append(id) }
                    return id
                }
                context.output = OutputSink { bytes in
                    if String(decoding: bytes, as: UTF8.self).contains("is registered") { ask.yield() }
                }
                context.stopSignal = {
                    for await _ in asks { return signal }
                    return 0
                }
            }
            #expect(run.status == 128 + signal && run.stderr.isEmpty, "\(run)")
            let first = try #require(ids.withLock { $0.first })
            let made = "\(FileManager.default.temporaryDirectory.path)/qrpay-ordering-demo-\(first)"
            #expect(!FileManager.default.fileExists(atPath: made))
        }
    }
}
