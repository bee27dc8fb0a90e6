import Explorer
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Output files of commands.
@Suite struct OutputFileTests {
    private static let receipt = Repository.file("Examples/receipts/dinner.json")

    private func render(_ output: String, on stage: Stage) async -> CommandRun {
        await stage.qrpay("receipt", "render", Self.receipt, "--format", "text", "-o", output)
    }

    @Test func `a file is replaced whole`() async throws {
        try await Stage.run { stage async throws in
            let expected = try await stage.qrpay("receipt", "render", Self.receipt, "--format", "text").succeeded()
                .stdout
            let path = try stage.file("receipt.txt", String(repeating: "old ", count: 10_000))
            try await render(path, on: stage).succeeded()
            #expect(try GoldenFile(path).text() == expected)
            let link = stage.directory.file("link.txt")
            try #require(symlink("receipt.txt", link) == 0)
            _ = try stage.file("receipt.txt", "old")
            try await render(link, on: stage).succeeded()
            #expect(try GoldenFile(path).text() == expected, "the link leads to it")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "receipt.txt", "and stays one")
            let names = try FileManager.default.contentsOfDirectory(atPath: stage.directory.path)
            #expect(!names.contains { $0.hasSuffix(".tmp") }, "\(names)")
        }
    }

    /// In particular for root, who could replace `/dev/null` with a file.
    @Test func `a device is written to and not replaced`() async throws {
        try await Stage.run { stage async throws in
            let device = stage.directory.file("null")
            // Equivalent to /dev/null, and expendable.
            try #require(symlink("/dev/full", device) == 0)
            await render(device, on: stage).failed(9, "result_not_written", "No space left on device")
            var status = stat()
            #expect(stat(device, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        }
    }

    @Test func `two options cannot name the same file`() async throws {
        try await Stage.run { stage async throws in
            let same = try stage.file("same", "kept")
            try #require(symlink("same", stage.directory.file("link")) == 0)
            let new = stage.directory.file("new")
            let audit = ["cashback", "audit", "--csv"]
            for (csv, html) in [
                (same, same), (same, stage.directory.file("link")), (new, new),
                (new, stage.directory.file("./new")), (stage.directory.file("../\(Self.name(of: stage))/new"), new),
            ] {
                await stage.expectFailure(audit + [csv, "--html", html], 2, "usage", "--csv and --html name the same")
            }
            let accepting = ["--baseline", new, "--accept-all", "--reason", "r"]
            await stage.expectFailure(audit + [new] + accepting, 2, "usage", "--baseline and --csv name the same")
            #expect(try GoldenFile(same).text() == "kept")
            #expect(!FileManager.default.fileExists(atPath: new))
            // A device is not replaced.
            try await stage.qrpay(audit + ["/dev/null", "--html", "/dev/null"]).succeeded()
            try await stage.qrpay(audit + [same, "--html", new]).succeeded()
        }
    }

    private static func name(of stage: Stage) -> String { URL(filePath: stage.directory.path).lastPathComponent }

    @Test func `unwritable output is refused`() async throws {
        try await Stage.run { stage async throws in
            for (path, reason) in [
                (stage.directory.path, "Is a directory"),
                (stage.directory.file("no/file"), "No such file or directory"),
                ("/proc/x", "No such file or directory"), ("", "No such file or directory"),
            ] {
                let run = await render(path, on: stage)
                run.failed(2, "cannot_write", reason)
            }
        }
    }
}
