import Foundation

/// A server that tests start through one of this project's scripts, which takes commands and stops the server when this
/// process ends for any reason.
package actor SupervisedServer {
    /// A command that failed.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    /// The script's output after `ready`.
    package nonisolated let greeting: String
    private let name: String
    private let process: ChildProcess
    private var commands = 0

    /// Starts `scripts/<name>` and waits until its server is ready.
    package init(_ name: String, _ arguments: [String] = []) async throws {
        self.name = name
        let script = URL(filePath: #filePath).appending(path: "../../../scripts/\(name)").standardized
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        process = try ChildProcess(script.path, arguments, environment: ["PATH": path], hasInput: true)
        guard await process.hasPrinted("\n", timeoutSeconds: 180),
            let line = process.printed.split(separator: "\n").first, line.hasPrefix("ready ")
        else { throw Failure(description: "\(name) did not start: \(process.complaints)") }
        greeting = String(line.dropFirst("ready ".count))
    }

    /// - Returns: the command's output.
    package func command(_ line: String) async throws -> String {
        commands += 1
        let mark = "#\(commands) "
        let before = process.printed.utf8.count
        try process.write(line + "\n")
        let isAnswered = await process.hasPrinted(mark, timeoutSeconds: 180)
        let answer = String(decoding: process.printed.utf8.dropFirst(before), as: UTF8.self)
        guard isAnswered, answer.contains("\(mark)done") else {
            throw Failure(description: "\(name) did not '\(line)': \(answer) \(process.complaints)")
        }
        return answer.components(separatedBy: mark)[0]
    }
}
