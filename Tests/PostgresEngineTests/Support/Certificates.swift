import Foundation
import TestSupport

/// Certificates generated for the tests, in a temporary folder.
final class Certificates: Sendable {
    struct Pair: Sendable {
        var certificate: String
        var key: String
    }

    private let directory: TemporaryDirectory
    /// The authority that signed the certificates.
    let authority: Pair
    /// An authority that signed none of them.
    let stranger: Pair

    init() throws {
        directory = try TemporaryDirectory()
        authority = try Self.authority("authority", in: directory)
        stranger = try Self.authority("stranger", in: directory)
    }

    private static func authority(_ name: String, in directory: TemporaryDirectory) throws -> Pair {
        let pair = Pair(certificate: directory.file("\(name).crt"), key: directory.file("\(name).key"))
        try run(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pair.key, "-out", pair.certificate, "-subj",
            "/CN=\(name)", "-days", "2")
        return pair
    }

    /// A certificate for a name, such as `DNS:localhost`.
    /// - Parameter isExpired: whether the certificate has expired.
    func server(_ name: String, isExpired: Bool = false) throws -> Pair {
        let number = UUID().uuidString
        let pair = Pair(certificate: directory.file("\(number).crt"), key: directory.file("\(number).key"))
        let (request, extensions) = (directory.file("\(number).csr"), directory.file("\(number).ext"))
        try Self.run(
            "req", "-newkey", "rsa:2048", "-nodes", "-keyout", pair.key, "-out", request, "-subj", "/CN=server")
        _ = try directory.write(Array("subjectAltName=\(name)\n".utf8), as: "\(number).ext")
        try Self.run(
            "x509", "-req", "-in", request, "-CA", authority.certificate, "-CAkey", authority.key, "-CAcreateserial",
            "-out", pair.certificate, "-extfile", extensions, "-days", isExpired ? "-1" : "2")
        return pair
    }

    private static func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw SupervisedServer.Failure(description: "openssl \(arguments[0]) failed")
        }
    }
}
