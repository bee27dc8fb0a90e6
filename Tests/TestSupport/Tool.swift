import Foundation

/// Runs an installed program to its end.
package struct Tool {
    /// What it printed on standard output.
    package let output: String
    package let status: Int32

    /// - Parameter arguments: the program's name and its arguments.
    package init(_ arguments: String...) throws {
        let directory = try TemporaryDirectory()
        // A file, not a pipe: nothing has to drain it while the program runs.
        let path = try directory.write([], as: "output")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = FileHandle(forWritingAtPath: path)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        output = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        status = process.terminationStatus
    }
}
