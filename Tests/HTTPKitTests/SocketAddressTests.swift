import JSONKit
import Testing

@testable import HTTPKit

@Suite("Addresses, libraries, failures")
struct SocketAddressTests {
    @Test(
        arguments: [
            ("127.0.0.1:8787", "127.0.0.1", 8787), ("localhost:0", "localhost", 0), ("[::1]:80", "::1", 80),
            ("[fe80::1%eth0]:65535", "fe80::1%eth0", 65535), ("0.0.0.0:1", "0.0.0.0", 1),
        ] as [(String, String, UInt16)])
    func `an address is read with its port`(_ text: String, _ host: String, _ port: UInt16) throws {
        let address = try #require(SocketAddress(text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", ":", "localhost", ":80", "localhost:", "localhost:-1", "localhost:+1", "localhost:65536",
        "localhost:1x",
        "localhost:１", "::1:80", "[]:80", "[localhost]:80", "[::1]80", "[::1", "a b:80", "http://a:80", "a/b:80",
        "a\u{0}:80",
    ])
    func `text that is not an address is rejected`(_ text: String) { #expect(SocketAddress(text) == nil) }

    @Test
    func `a failure is JSON, whatever its message contains`() {
        let failure = HTTPFailure(status: 400, code: "bad", message: "\"\\\n\u{1}\u{7F}é\u{2028}")
        #expect(failure.response.status == 400)
        #expect(failure.response.text == #"{"code":"bad","message":"\"\\\n\u0001\u007fé\u2028"}"#)
    }
}
