import EncodingKit
import SigningKit
import Testing

@Suite struct ScryptTests {
    /// RFC 7914, section 12.
    struct Vector: Sendable, CustomTestStringConvertible {
        var password: String
        var salt: String
        var scrypt: Scrypt
        var key: String

        var testDescription: String { "\(password), \(salt)" }
    }

    static let vectors = [
        Vector(
            password: "", salt: "", scrypt: Scrypt(cost: 16, blockSize: 1, parallelism: 1),
            key: "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"),
        Vector(
            password: "password", salt: "NaCl", scrypt: Scrypt(cost: 1024, blockSize: 8, parallelism: 16),
            key: "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"),
        Vector(
            password: "pleaseletmein", salt: "SodiumChloride",
            scrypt: Scrypt(cost: 16384, blockSize: 8, parallelism: 1),
            key: "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"),
    ]

    @Test(arguments: vectors) func `the vectors of the RFC`(_ vector: Vector) throws {
        let key = try vector.scrypt.key(
            password: Array(vector.password.utf8), salt: Array(vector.salt.utf8), count: 64)
        #expect(Hex.encode(key) == vector.key)
    }

    @Test func `the parameters for passwords work within the library's limit of memory`() throws {
        let key = try Scrypt.interactive.key(password: Array("пароль".utf8), salt: [1, 2, 3])
        #expect(key.count == 32)
        #expect(key != [UInt8](repeating: 0, count: 32))
    }
}
