import Explorer
import HTTPKit
import TestSupport
import Testing

/// Invalid URLs: reported immediately, with the flag, variable or setting.
@Suite struct AddressTests {
    private struct Address {
        var url: String
        var words: String
    }

    private static let bad = [
        Address(url: "file:///etc", words: "must begin with http:// or https://"),
        Address(url: "ftp://partner", words: "must begin with http:// or https://"),
        Address(url: "unix:/run/partner.sock", words: "must begin with http:// or https://"),
        Address(url: "partner:8787", words: "must begin with http:// or https://"),
        Address(url: "http:/partner", words: "must begin with http:// or https://"),
        Address(url: "//partner", words: "must begin with http:// or https://"),
        Address(url: "http://", words: "must name a host"),
        Address(url: "http:///eda", words: "must name a host"),
        Address(url: "http://:80", words: "must name a host"),
        Address(url: "http://partner:", words: "must have a port from 1 to 65535"),
        Address(url: "http://partner:0", words: "must have a port from 1 to 65535"),
        Address(url: "http://partner:65536", words: "must have a port from 1 to 65535"),
        Address(url: "http://partner:8o", words: "must have a port from 1 to 65535"),
        Address(url: "http://[::1", words: "must have a ']' after its address"),
        Address(url: "http://[::1]80", words: "must have its port after the ']'"),
        Address(url: "http://[partner]", words: "must have an IPv6 address"),
        Address(url: "http://user:s3cr3t@partner", words: "must have no user name or password"),
        Address(url: "http://s3cr3t@partner", words: "must have no user name or password"),
        Address(url: "http://partner?key=s3cr3t", words: "must have no query"),
        Address(url: "http://partner/#s3cr3t", words: "must have no fragment"),
        Address(url: " http://partner", words: "must be visible ASCII characters"),
        Address(url: "http://partner/a b", words: "must be visible ASCII characters"),
        Address(url: "http://партнёр", words: "must be visible ASCII characters"),
        Address(url: "http://partner\u{1B}[31m", words: "must be visible ASCII characters"),
    ]

    @Test(arguments: [
        "http://partner", "HTTPS://partner", "https://partner:443/", "http://127.0.0.1:1/base/path", "http://[::1]",
        "http://[fe80::1]:8787/", "http://a_b.example/%20",
    ])
    func `an address of http or https is one`(url: String) {
        #expect(BaseURL.flaw(url) == nil)
    }

    @Test func `invalid values are refused with their name`() async throws {
        try await Stage.run { stage async throws in
            for address in Self.bad {
                #expect(BaseURL.flaw(address.url)?.contains(address.words) == true, "\(address)")
                await stage.expectFailure(
                    ["order", "list", "--partners", address.url], 2, "usage", "--partners: \(address.words)")
                await stage.expectFailure(
                    ["order", "list"], 2, "usage", "QRPAY_PARTNERS_URL: \(address.words)",
                    environment: ["QRPAY_PARTNERS_URL": address.url])
                await stage.expectFailure(
                    ["order", "status", "x"], 2, "usage", "QRPAY_SERVER: \(address.words)",
                    environment: ["QRPAY_SERVER": address.url])
                let run = await stage.qrpay("order", "list", "--partners", address.url)
                #expect(!run.stderr.contains("s3cr3t"), "\(run)")
            }
        }
    }

    @Test func `so is every address of the file`() async throws {
        let partners = ["eda", "transactions", "cardstorage", "cashback", "check", "s3"].map { partner in
            (#"{"partners": {"\#(partner)": {"url": "file:///etc"}}}"#, "partners.\(partner).url: must begin with http")
        }
        let others = [
            (#"{"partners": {"url": "file:///etc"}}"#, "partners.url: must begin with http"),
            (#"{"callback_url": "file:///etc"}"#, "callback_url: must begin with http"),
            (#"{"callback_url": "http://host/#x"}"#, "callback_url: must have no fragment"),
            (#"{"server": "file:///etc"}"#, "server: must begin with http"),
            (#"{"deeplink_base": "file:///etc"}"#, "deeplink_base: must begin with https:// or an app's scheme"),
            (#"{"deeplink_base": "d"}"#, "deeplink_base: must begin with https:// or an app's scheme"),
            (#"{"deeplink_base": "https://host/#x"}"#, "deeplink_base: must have no fragment"),
        ]
        try await Stage.run { stage async throws in
            for (config, words) in partners + others {
                let own = try stage.file("own.json", config)
                await stage.expectFailure(
                    ["order", "list", "--config", own], 2, "usage", words, environment: ["QRPAY_PARTNERS_URL": ""])
            }
        }
    }
}
