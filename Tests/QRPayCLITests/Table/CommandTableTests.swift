import CommandLineKit
import Explorer
import Foundation
import QRPayCLI
import TestSupport
import Testing

/// Everything generated from the command table.
@Suite struct CommandTableTests {
    private static let table = CommandRegistry.table

    @Test func `the table is sound`() {
        #expect(Self.table.problems() == [])
    }

    /// The program's own page, one for each group, one for each command.
    private static let pages: [[String]] =
        [[]] + table.groups.map { $0.name.split(separator: " ").map(String.init) } + table.allCommands.map(\.path)

    private static let folder = Repository.file("Tests/QRPayCLITests/Golden")

    private static func name(of path: [String]) -> String { (["help"] + path).joined(separator: "-") + ".txt" }

    @Test(arguments: pages)
    func `help page`(_ path: [String]) {
        let golden = GoldenFile("\(Self.folder)/\(Self.name(of: path))")
        #expect(golden.difference(from: HelpPage.render(Self.table, path: path).text) == nil)
    }

    @Test func `no help page is left over`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
        #expect(Set(files).subtracting(Self.pages.map(Self.name)) == [])
    }

    /// Generated files that are kept in the repository.
    @Test(arguments: [
        ("man/qrpay.1", ["man"]), ("docs/ordering-openapi.json", ["ordering", "contract", "--openapi"]),
        ("completions/qrpay.bash", ["completion", "bash"]),
        ("completions/_qrpay", ["completion", "zsh"]), ("completions/qrpay.fish", ["completion", "fish"]),
    ])
    func `generated file`(_ path: String, _ command: [String]) async throws {
        try await Stage.run { stage async throws in
            let text = try await stage.qrpay(command).succeeded().stdout
            let difference = GoldenFile(Repository.file(path)).difference(from: text)
            #expect(difference == nil, "'make generate' writes it again")
        }
    }

    @Test(arguments: [("reference", "--markdown"), ("settings", "--settings")])
    func `the README's tables are those of the program`(_ name: String, _ option: String) async throws {
        let readme = try GoldenFile(Repository.file("README.md")).text()
        let marks = ["<!-- \(name) begins -->\n", "<!-- \(name) ends -->\n"]
        let begin = try #require(readme.range(of: marks[0])?.upperBound, "README.md must have '\(marks[0])'")
        let end = try #require(readme.range(of: marks[1])?.lowerBound, "README.md must have '\(marks[1])'")
        try await Stage.run { stage async throws in
            let text = try await stage.qrpay("man", option).succeeded().stdout
            #expect(readme[begin..<end] == text, "'make generate' writes it again")
        }
    }

    @Test(arguments: [
        ("mandoc", ["-Tlint", "-Wall"], "man/qrpay.1"), ("bash", ["-n"], "completions/qrpay.bash"),
        ("zsh", ["-n"], "completions/_qrpay"), ("fish", ["-n"], "completions/qrpay.fish"),
    ])
    func `is clean to its reader`(_ program: String, _ options: [String], _ file: String) async throws {
        let words = ["-c", "exec \"$0\" \"$@\"", program] + options + [Repository.file(file)]
        let exit = try await ChildProcess(
            "/bin/sh", words, environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"]
        ).exit()
        if exit.status == 127 { try Test.cancel("there is no \(program) here") }
        #expect(exit.status == 0 && (exit.stdout + exit.stderr).isEmpty, "\(exit)")
    }
}
