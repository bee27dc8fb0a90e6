import EncodingKit
import Glibc
import Payments
import WorldKit

/// The secret of an ordering installation: 64 hexadecimal digits in a file readable only by its owner, created on first
/// use. User ids, salts of passwords and the key that services authenticate with are derived from it.
enum OrderingSecret {
    static let fileName = "secret"

    /// - Parameter folder: of the stores.
    /// - Returns: 32 bytes.
    static func load(folder: String, _ world: World) throws -> [UInt8] {
        try load(at: "\(folder)/\(fileName)", world)
    }

    static func load(at path: String, _ world: World) throws -> [UInt8] {
        if let secret = try known(path) { return secret }
        try makeFolder(HomeDirectory.path(".", beside: path))
        // The first process creates it; a concurrent one reads that one.
        try LocalFile.makeSecret(Array("\(Hex.encode(world.randomBytes(32)))\n".utf8), at: path)
        guard let secret = try known(path) else {
            throw Problem(.invalid, "cannot_write", "\(path): the secret cannot be created")
        }
        return secret
    }

    /// Creates the folder of the stores, which only its owner can enter.
    private static func makeFolder(_ folder: String) throws {
        if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT else { throw OutputFailure(path: folder, errno) }
        try LocalFile.makeDirectory(HomeDirectory.path(".", beside: folder))
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw OutputFailure(path: folder, errno) }
    }

    /// The secret in the file; nil if the file does not exist.
    static func known(_ path: String) throws -> [UInt8]? {
        guard access(path, F_OK) == 0 else { return nil }
        let text = try LocalFile.readText(path, maximumBytes: 4096, what: "the secret of the ordering system")
        guard let secret = Hex.decode(text.filter { !$0.isWhitespace }), secret.count == 32 else {
            throw Problem(.invalid, "bad_ordering_secret", "\(path): must hold 64 hexadecimal digits")
        }
        return secret
    }
}
