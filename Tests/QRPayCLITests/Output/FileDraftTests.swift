import Explorer
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import QRPayCLI

/// Atomic writing of files.
@Suite struct FileDraftTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func names() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: directory.path))
    }

    private func text(_ name: String) throws -> String { try GoldenFile(directory.file(name)).text() }

    private func make(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: directory.file(name)))
    }

    @Test func `a draft that is not kept leaves nothing, and the existing file stays`() throws {
        try make("out", "old")
        do {
            let draft = try FileDraft(directory.file("out"))
            try draft.append(Array("new".utf8))
            #expect(try names() == ["out"], "it has no name until it is kept")
        }
        #expect(try names() == ["out"] && text("out") == "old")
    }

    @Test(arguments: ["", "old"])
    func `a draft that is kept is the file, alone`(before: String) throws {
        if !before.isEmpty { try make("out", before) }
        let draft = try FileDraft(directory.file("out"))
        try draft.append(Array("new".utf8))
        try draft.keep()
        #expect(try names() == ["out"] && text("out") == "new")
    }

    @Test func `another name of the file keeps what it had`() throws {
        try make("out", "old")
        try #require(link(directory.file("out"), directory.file("other")) == 0)
        try LocalFile.write(Array("new".utf8), to: directory.file("out"))
        #expect(try text("out") == "new" && text("other") == "old")
    }

    /// Draft names of earlier releases, and symbolic links.
    @Test func `no name beside the file is written to`() throws {
        try make("victim", "mine")
        let planted = [".\(getpid()).tmp", ".\(getpid()).new", ".tmp", ".new"].map { "out\($0)" }
        for name in planted { try #require(link(directory.file("victim"), directory.file(name)) == 0) }
        try LocalFile.write(Array("new".utf8), to: directory.file("out"))
        try LocalFile.makeSecret(Array("secret".utf8), at: directory.file("key"))
        #expect(try text("victim") == "mine")
        #expect(try names() == Set(planted + ["victim", "out", "key"]))
    }

    @Test func `a secret is made once, for its owner alone`() throws {
        let path = directory.file("key")
        try LocalFile.makeSecret(Array("first".utf8), at: path)
        try LocalFile.makeSecret(Array("second".utf8), at: path)
        var status = stat()
        #expect(try text("key") == "first" && stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try names() == ["key"])
    }

    @Test func `files of dead processes are removed, and nothing else`() throws {
        let left = ".qrpay-0123456789abcdef.tmp"
        let held = ".qrpay-fedcba9876543210.tmp"
        let foreign = [".qrpay-0123.tmp", ".qrpay-0123456789abcdeg.tmp", "x.qrpay-0123456789abcdef.tmp", "out.1.tmp"]
        for name in [left, held] + foreign { try make(name, "half") }
        try make("target", "mine")
        let lead = ".qrpay-00000000000000aa.tmp"
        try #require(symlink("target", directory.file(lead)) == 0)
        let descriptor = open(directory.file(held), O_RDONLY)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX) == 0)
        try LocalFile.write(Array("new".utf8), to: directory.file("out"))
        #expect(try names() == Set([held, lead, "target", "out"] + foreign))
        #expect(try text("target") == "mine")
    }

    @Test func `a name cannot be guessed and is known as ours`() {
        let names = (1...100).map { _ in FileLeftovers.newName(in: "/d") }
        #expect(Set(names).count == 100)
        #expect(names.allSatisfy { $0.hasPrefix("/d/") && FileLeftovers.isOurs(String($0.dropFirst(3))) })
        #expect(FileLeftovers.newName(in: "/").hasPrefix("/.qrpay-"))
    }

    @Test func `without disk space nothing is left`() async throws {
        try await Stage.run { stage async throws in
            let out = stage.directory.file("pages")
            let receipt = Repository.file("Examples/receipts/dinner.json")
            let render = ["receipt", "render", receipt]
            let one = try await stage.run(render + ["--format", "text", "-o", "\(out).txt"], fileBlocks: 1)
            one.failed(9, "result_not_written", "File too large")
            #expect(!FileManager.default.fileExists(atPath: "\(out).txt"))
            let many = try await stage.run(render + ["--out-dir", out], fileBlocks: 1)
            many.failed(9, "result_not_written", "File too large")
            #expect(try FileManager.default.contentsOfDirectory(atPath: out).isEmpty)
        }
    }
}
