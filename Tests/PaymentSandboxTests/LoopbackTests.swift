import Testing

@testable import PaymentSandbox

@Suite struct CallbackHostTests {
    @Test(arguments: [
        ("http://127.0.0.1:80/cb", true), ("https://localhost/cb", true), ("http://[::1]:8/cb?x", true),
        ("http://127.1.2.3", true), ("http://127.0.0.1.evil.com/", false), ("http://127.0.0.1@evil.com/", false),
        ("http://evil.com/127.0.0.1", false), ("http://evil.com#127.0.0.1", false), ("http://10.0.0.1/", false),
        ("http://0127.0.0.1.", false), ("ftp://127.0.0.1/", false), ("", false), ("http:127.0.0.1", false),
        ("http://localhost:80:90/", false), ("http://evil.com\\@127.0.0.1/", false), ("http://127.0.0.256/", false),
    ])
    func `leads to this machine`(url: String, expected: Bool) {
        #expect(Loopback.isHost(of: url) == expected)
    }
}
