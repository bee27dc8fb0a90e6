import JSONKit
import QRPayCLI
import Synchronization
import TestSupport
import Testing

/// The output and exit status of one run; its description includes all of that.
struct CommandRun: Sendable, CustomStringConvertible {
    var arguments: [String]
    var status: Int32
    var stdout: String
    var stderr: String

    init(_ arguments: [String], status: Int32, stdout: String, stderr: String) {
        self.arguments = arguments
        self.status = status
        self.stdout = stdout
        self.stderr = stderr
    }

    init(_ arguments: [String], _ exit: ChildProcess.Exit) {
        self.init(
            arguments, status: exit.status, stdout: exit.stdout,
            stderr: exit.stderr + (exit.isOverdue ? "\n[killed: it did not end in time]" : ""))
    }

    var description: String {
        """
        $ qrpay \(arguments.joined(separator: " "))
        --- exit status \(status), standard output:
        \(Self.cut(stdout))
        --- standard error:
        \(Self.cut(stderr))
        ---
        """
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count > 4000 ? "\(text.prefix(2000))\n[…]\n\(text.suffix(1000))" : text
    }

    /// Standard output as JSON.
    func json(sourceLocation: SourceLocation = #_sourceLocation) throws -> JSON {
        try #require(try? JSON(stdout), "no JSON on standard output\n\(self)", sourceLocation: sourceLocation)
    }

    /// The lines of standard output, split at tabs.
    var rows: [[String]] {
        stdout.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The value of a `label TAB value` line.
    func value(_ label: String) -> String? { rows.first { $0.first == label && $0.count == 2 }?[1] }

    /// Requires success and no output besides the result.
    @discardableResult
    func succeeded(sourceLocation: SourceLocation = #_sourceLocation) throws -> CommandRun {
        try #require(status == 0, "\(self)", sourceLocation: sourceLocation)
        return self
    }

    /// Expects an error and nothing else: its exit status, its stable code, and prose that holds `phrase`.
    func failed(
        _ status: Int32, _ code: String, _ phrase: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(self.status == status, "\(self)", sourceLocation: sourceLocation)
        #expect(stdout.isEmpty, "\(self)", sourceLocation: sourceLocation)
        guard arguments.contains("--json") else {
            #expect(
                stderr.hasPrefix("qrpay: ") && stderr.contains(phrase)
                    && (code == "usage" || stderr.contains(" (\(code))\n")),
                "not \(code) about '\(phrase)'\n\(self)", sourceLocation: sourceLocation)
            return
        }
        let error = (try? JSON(stderr))?["error"]
        #expect(
            error?["code"] == .string(code) && error?["message"].text?.contains(phrase) == true,
            "not \(code) about '\(phrase)'\n\(self)", sourceLocation: sourceLocation)
        #expect(
            Set(error?.members.keys.map { $0 } ?? []).subtracting(["details"]) == ["code", "message", "hint"],
            "\(self)",
            sourceLocation: sourceLocation)
    }
}

/// Collects the output of a stream.
final class Recorder: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var sink: OutputSink { OutputSink { [self] new in bytes.withLock { $0 += new } } }

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}
