import CommandLineKit
import Explorer
import FoundationEssentials
import HTTPKit
import JSONKit
import PaymentAPI
import QRPayCLI
import Synchronization
import TestSupport
import Testing

/// Copied and saved text may have spaces, line ends and byte order marks, and means the same.
struct CopiedTextTests {
    @Test(arguments: ["LINK\n", " LINK", "\tLINK \r\n", "\u{A0}LINK\u{2028}", "\u{FEFF}LINK\u{200B} \u{2060}"])
    func `blanks around a deeplink or an id are no part of it`(written: String) async throws {
        try await Stage.run { stage async throws in
            let order = try await stage.preorder()
            let id = try #require(order["order_id"].text)
            for text in [try #require(order["deeplink"].text), id] {
                let word = written.replacing("LINK", with: text)
                for arguments in [
                    ["preorder", "show", word, "--uid", "guest"], ["order", "show", word], ["order", "history", word],
                    ["order", "status", word], ["pay", word, "--uid", "guest", "--method", "card-approve"],
                ] {
                    let run = await stage.qrpay(arguments)
                    #expect(run.status == 0, "\(run)")
                }
            }
            let receipts = await stage.qrpay("receipt", "list", written.replacing("LINK", with: id))
            try receipts.succeeded()
        }
    }

    @Test func `a blank within a deeplink is a part of it`() async throws {
        try await Stage.run { stage async throws in
            let link = try #require(try await stage.preorder()["deeplink"].text)
            await stage.expectFailure(
                ["order", "show", link.replacing("&kid", with: " &kid")], 7, "bad_deeplink")
        }
    }

    @Test(arguments: ["code.PNG", "code.Png", "code.SVG"])
    func `the ending of a picture may be in upper case`(name: String) async throws {
        try await Stage.run { stage async throws in
            let path = stage.directory.file(name)
            try await stage.qrpay(["preorder", "create", "-", "--qr", path], input: Stage.bill()).succeeded()
            let bytes = try Data(contentsOf: URL(filePath: path))
            #expect(bytes.starts(with: name.hasSuffix("SVG") ? Array("<svg".utf8) : [0x89, 0x50, 0x4E, 0x47]))
        }
    }

    // MARK: Files of secrets

    /// `text` as saved by editors.
    static func saved(_ text: String) -> [(name: String, bytes: [UInt8])] {
        let windows = Array("\(text)\r\n".utf16)
        return [
            ("a line end", Array("\(text)\n".utf8)), ("a Windows line end", Array("\(text)\r\n".utf8)),
            ("a byte order mark", [0xEF, 0xBB, 0xBF] + Array(text.utf8)),
            ("both", [0xEF, 0xBB, 0xBF] + Array("\(text)\r\n".utf8)),
            ("UTF-16", [0xFF, 0xFE] + windows.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }),
            ("UTF-16 of a Mac", [0xFE, 0xFF] + windows.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }),
        ]
    }

    private static let key = "key-0123456789abcdef0123456789abcdef"

    /// Never answers, and records the received header fields.
    private final class Listener: HTTPTransport {
        private let asked = Mutex<[HTTPHeaders]>([])

        var headers: HTTPHeaders { asked.withLock { $0.last ?? HTTPHeaders() } }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            asked.withLock { $0.append(request.headers) }
            throw HTTPTransportError(code: .cannotConnect, place: "http://server", message: "it only listens")
        }
    }

    @Test(arguments: saved(key))
    func `a key is read from a file as any editor saves it`(name: String, bytes: [UInt8]) async throws {
        try await Stage.run { stage async throws in
            let link = try #require(try await stage.preorder()["deeplink"].text)
            let file = stage.directory.file("key.txt")
            try Data(bytes).write(to: URL(filePath: file))
            let listener = Listener()
            _ = await stage.qrpay(
                ["preorder", "create", "-", "--server", "http://server"], input: Stage.bill(),
                environment: ["QRPAY_API_KEY_FILE": file], adjust: { $0.makeTransport = { listener } })
            #expect(listener.headers["X-API-Key"] == Self.key)
            _ = await stage.qrpay(
                ["preorder", "show", link, "--uid", "guest", "--server", "http://server"],
                environment: ["QRPAY_GATEWAY_KEY_FILE": file], adjust: { $0.makeTransport = { listener } })
            #expect(listener.headers["X-Gateway-Key"] == Self.key)
        }
    }

    private static let keys =
        #"{"keys": [{"kid": "k9", "secret": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}]}"#

    @Test(arguments: saved(keys))
    func `so are the keys of deeplinks`(name: String, bytes: [UInt8]) async throws {
        try await Stage.run { stage async throws in
            let file = stage.directory.file("keys.json")
            try Data(bytes).write(to: URL(filePath: file))
            let run = await stage.qrpay(
                ["preorder", "create", "-"], input: Stage.bill(), environment: ["QRPAY_DEEPLINK_KEYS_FILE": file])
            #expect(run.value("deeplink")?.contains("&kid=k9&") == true, "\(run)")
        }
    }

    @Test(arguments: saved(#"{"deeplink_base": "https://pay.example/q"}"#))
    func `and the configuration`(name: String, bytes: [UInt8]) async throws {
        try await Stage.run { stage async throws in
            let file = stage.directory.file("saved.json")
            try Data(bytes).write(to: URL(filePath: file))
            let run = await stage.qrpay(
                ["preorder", "create", "-", "--config", file], input: Stage.bill())
            #expect(run.value("deeplink")?.hasPrefix("https://pay.example/q?") == true, "\(run)")
        }
    }

    @Test func `a secret in damaged UTF-16 is refused`() async throws {
        try await Stage.run { stage async throws in
            let file = stage.directory.file("key.txt")
            try Data([0xFF, 0xFE, 0x41]).write(to: URL(filePath: file))
            await stage.expectFailure(
                ["preorder", "create", "-", "--server", "http://server"], 2, "file_unreadable", "UTF-16",
                input: Stage.bill(), environment: ["QRPAY_API_KEY_FILE": file])
        }
    }

    // MARK: The QR code

    private static let colored = Terminal(isTerminal: true, columns: 100, isColorEnabled: true)
    private static let plain = Terminal(isTerminal: true, columns: 100)
    private static let colors = "\u{1B}[38;5;16;48;5;231m"

    @Test(
        arguments: [
            ("a colour terminal", colored, [], [:], "ansi"), ("no colours", plain, [], [:], "dark"),
            ("no colours, a light background", plain, [], ["COLORFGBG": "0;15"], "light"),
            ("no colours, a dark background", plain, [], ["COLORFGBG": "15;default;0"], "dark"),
            ("colours wanted all the same", plain, ["--qr-style", "ansi"], [:], "ansi"),
            ("light", colored, ["--qr-style", "light"], [:], "light"),
            ("dark", colored, ["--qr-style", "dark"], [:], "dark"),
            ("a pipe that wants it", Terminal.pipe, ["--qr-style", "light"], [:], "light"),
            ("a pipe", Terminal.pipe, [], [:], nil),
            ("JSON", Terminal.pipe, ["--qr-style", "light", "--json"], [:], nil),
        ] as [(String, Terminal, [String], [String: String], String?)])
    func `the code is drawn as the terminal or the option says`(
        name: String, terminal: Terminal, options: [String], environment: [String: String], style: String?
    ) async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay(
                ["preorder", "create", "-"] + options, input: Stage.bill(), environment: environment,
                terminal: terminal)
            try run.succeeded()
            let code = run.stdout.split(separator: "\n").filter { $0.contains("█") }
            #expect(code.isEmpty == (style == nil), "\(run)")
            #expect(code.allSatisfy { $0.hasPrefix(Self.colors) == (style == "ansi") }, "\(run)")
            // The quiet zone is drawn where light modules are.
            #expect(code.isEmpty || (run.stdout.contains("████████████████████") == (style == "dark")), "\(run)")
        }
    }

    @Test func `another style is refused before anything is done`() async throws {
        try await Stage.run { stage async throws in
            await stage.expectFailure(
                ["preorder", "create", "-", "--qr-style", "neon"], 2, "usage", "ansi, light, dark",
                input: Stage.bill())
            #expect(try await stage.qrpay("order", "list").succeeded().stdout.isEmpty)
        }
    }
}
