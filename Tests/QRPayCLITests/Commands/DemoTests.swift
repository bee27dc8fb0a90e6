import FoundationEssentials
import TestSupport
import Testing

/// The whole flow in one go.
@Suite struct DemoTests {
    @Test func everyStepComesTrueAndIsKept() async throws {
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

    @Test func itIsToldInSteps() async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay("demo")
            try run.succeeded()
            #expect(run.stdout.contains("\n6  iiko polls, and the cashback is audited\n"), "\(run)")
            #expect(run.hasNothingUnseen && run.stderr.isEmpty, "\(run)")
        }
    }
}
