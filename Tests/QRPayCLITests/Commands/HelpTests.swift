import CommandLineKit
import Explorer
import FoundationEssentials
import QRPayCLI
import TestSupport
import Testing

@Suite struct HelpTests {
    @Test(
        arguments: [
            ([], []), (["help"], []), (["--help"], []), (["-h"], []), (["order"], ["order"]),
            (["help", "order"], ["order"]),
            (["order", "--help"], ["order"]), (["help", "order", "list"], ["order", "list"]), (["pay", "-h"], ["pay"]),
            (["pay", "x", "--help"], ["pay"]), (["--json", "pay", "--help"], ["pay"]),
        ] as [([String], [String])])
    func `help goes to standard output`(_ arguments: [String], _ path: [String]) async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay(arguments)
            #expect(run.status == 0 && run.stderr.isEmpty, "\(run)")
            #expect(run.stdout == HelpPage.render(CommandRegistry.table, path: path).text, "\(run)")
        }
    }

    @Test(arguments: [["version"], ["--version"]])
    func `version`(_ arguments: [String]) async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay(arguments)
            #expect(run.status == 0 && run.stdout == "qrpay \(Release.version)\n", "\(run)")
        }
    }

    @Test func `version, changelog and manual page agree`() async throws {
        let changelog = try String(contentsOfFile: Repository.file("CHANGELOG.md"), encoding: .utf8)
        let newest = changelog.split(separator: "\n").first { $0.hasPrefix("## ") }
        #expect(newest == "## \(Release.version) - \(Release.date)")
        #expect(Release.manualDate.wholeMatch(of: /[A-Z][a-z]+ [0-9]{1,2}, [0-9]{4}/) != nil)
        try await Stage.run { stage async throws in
            let json = try await stage.qrpay("version", "--json").succeeded().json()
            #expect(json["version"] == .string(Release.version) && json["date"] == .string(Release.date))
            #expect(await stage.qrpay("man").stdout.contains(".Dd \(Release.manualDate)\n"))
        }
    }

    @Test func `completions and manual`() async throws {
        try await Stage.run { stage async throws in
            for shell in CompletionScript.Shell.allCases {
                let run = await stage.qrpay("completion", shell.rawValue)
                #expect(run.stdout == CompletionScript.render(CommandRegistry.table, for: shell), "\(run)")
            }
            await stage.expectFailure(["completion", "tcsh"], 2, "usage", "must be one of bash, zsh, fish")
            #expect(await stage.qrpay("man").stdout.hasPrefix(".Dd "))
            #expect(await stage.qrpay("man", "--markdown").stdout.contains("`qrpay pay ORDER`"))
        }
    }
}
