import Foundation
import TestSupport

/// Runs an installed program to its end.
struct Tool {
    /// What it printed on standard output.
    let output: String
    let status: Int32

    /// - Parameter arguments: the program's name and its arguments.
    init(_ arguments: String...) throws {
        let directory = try TemporaryDirectory()
        // A file, not a pipe: nothing has to drain it while the program runs.
        let path = directory.file("output")
        try Data().write(to: URL(filePath: path))
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

extension TemporaryDirectory {
    /// Writes a file and returns its path.
    func write(_ bytes: [UInt8], as name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: file(name)))
        return file(name)
    }
}
