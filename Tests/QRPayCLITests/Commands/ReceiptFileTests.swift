import CommandLineKit
import Explorer
import FoundationEssentials
import JSONKit
import Payments
import TestSupport
import Testing

/// Receipts in files: checked and rendered without store or network.
@Suite struct ReceiptFileTests {
    private static let dinner = Repository.file("Examples/receipts/dinner.json")

    /// A receipt of one item; it adds up if `total` is 1000 kopecks.
    private static func receipt(total: Int = 1000) -> String {
        """
        {"user": "Cafe", "operationType": 1, "totalSum": \(total), "cashTotalSum": 0, "ecashTotalSum": \(total), \
        "items": [{"name": "Soup", "price": 1000, "quantity": 1, "sum": 1000}]}
        """
    }

    /// These commands work with any store error, because they do not use the store.
    private static let noStore = ["QRPAY_STORE": "/proc/x/qrpay.db", "QRPAY_CONFIG": "/no/such.json"]

    @Test(
        arguments: [
            ("one", receipt(), 0, ["ok"]), ("one that does not add up", receipt(total: 2000), 1, ["error"]),
            ("an array", "[\(receipt()), \(receipt(total: 2000))]", 1, ["ok", "error"]),
            ("lines", "\(receipt())\n\(receipt())\n", 0, ["ok", "ok"]), ("no receipt", "{}", 1, ["error"]),
        ] as [(String, String, Int32, [String])])
    func `check`(_ name: String, _ text: String, _ status: Int32, _ verdicts: [String]) async throws {
        try await Stage.run { stage async throws in
            let path = try stage.file("receipts.json", text)
            let run = await stage.qrpay(["receipt", "check", path, "--json"], environment: Self.noStore)
            #expect(run.status == status, "\(run)")
            let results = try run.json().elements
            #expect(results.map { $0["verdict"].text } == verdicts, "\(run)")
            #expect(results.enumerated().allSatisfy { $1["index"] == .number(Double($0)) }, "\(run)")
            for result in results {
                #expect(Set(result.members.keys) == ["source", "index", "verdict", "findings"], "\(run)")
                for finding in result["findings"].elements {
                    #expect(
                        Set(finding.members.keys) == ["class", "severity", "expected", "actual", "explanation"],
                        "\(run)"
                    )
                }
            }
            let plain = await stage.qrpay(["receipt", "check", path], environment: Self.noStore)
            #expect(plain.status == status && plain.rows.allSatisfy { $0.count == 4 }, "\(plain)")
        }
    }

    @Test func `an unreadable file does not stop the others`() async throws {
        try await Stage.run { stage async throws in
            let run = await stage.qrpay("receipt", "check", "/no/such.json", Self.dinner, "/", "--json")
            #expect(run.status == 3, "\(run)")
            let error = try JSON(run.stderr)["error"]
            #expect(try run.json().elements.count == 1 && error["code"] == "file_not_found", "\(run)")
            #expect(
                error["message"].text?.contains("Is a directory") == true, "each file's trouble is told: \(run)")
            let pages = stage.directory.file("pages")
            let batch = await stage.qrpay("receipt", "render", "/no/such.json", Self.dinner, "--out-dir", pages)
            #expect(batch.status == 3 && batch.rows.map { $0[0] } == ["\(pages)/dinner.pdf"], "\(batch)")
            await stage.expectFailure(["receipt", "check", "/no/such.json"], 3, "file_not_found")
            await stage.expectFailure(["receipt", "check", "/"], 2, "file_unreadable", "Is a directory")
            // An empty file indicates a failed producer, and must be an error.
            await stage.expectFailure(["receipt", "check", "-"], 2, "no_receipts", "standard input")
        }
    }

    @Test func `too long a receipt for an image is an error that says what fits`() async throws {
        let item = #"{"name": "Soup", "price": 1000, "quantity": 1, "sum": 1000}"#
        let items = Array(repeating: item, count: 2_000).joined(separator: ",")
        try await Stage.run { stage async throws in
            let path = try stage.file("long.json", #"{"totalSum": 2000000, "items": [\#(items)]}"#)
            let image = await stage.qrpay("receipt", "render", path, "-o", stage.directory.file("long.png"), "--json")
            #expect(image.status == 2, "\(image)")
            let error = try JSON(image.stderr)["error"]
            #expect(error["code"] == "image_too_large", "\(image)")
            #expect(error["hint"].text?.contains(/with \d+ dots per inch/) == true, "\(image)")
            let pdf = stage.directory.file("long.pdf")
            try await stage.qrpay("receipt", "render", path, "-o", pdf).succeeded()
            #expect(try Tool("pdfinfo", pdf).output.contains(/Pages: +[4-9]/))
        }
    }

    @Test func `render`() async throws {
        try await Stage.run { stage async throws in
            let text = await stage.qrpay(["receipt", "render", Self.dinner], environment: Self.noStore)
            try text.succeeded()
            #expect(
                text.hasNothingUnseen && text.stdout.split(separator: "\n").allSatisfy { $0.count <= 48 }, "\(text)")
            for (name, magic) in [("a.pdf", "%PDF-"), ("a.png", "\u{89}PNG"), ("a.txt", "")] {
                let path = stage.directory.file(name)
                try await stage.qrpay(["receipt", "render", Self.dinner, "-o", path], environment: Self.noStore)
                    .succeeded()
                let bytes = try Data(contentsOf: URL(filePath: path))
                #expect(
                    bytes.starts(with: magic.unicodeScalars.map { UInt8($0.value) }) && bytes.count > 500, "\(name)")
            }
        }
    }

    /// Amounts that may be roubles or kopecks.
    private static let openUnit =
        #"{"totalSum":300.00,"items":[{"name":"x","price":300.00,"quantity":1,"sum":300.00}]}"#

    @Test func `amounts of an open unit`() async throws {
        try await Stage.run { stage async throws in
            let path = try stage.file("open.json", Self.openUnit)
            let check = await stage.qrpay("receipt", "check", path, "--json")
            let finding = try check.json().elements[0]["findings"].elements[0]
            #expect(check.status == 1 && finding["class"] == "ambiguous_unit" && finding["severity"] == "error")
            await stage.expectFailure(["receipt", "render", path], 2, "ambiguous_unit", "totalSum: 300.00")
            let pages = stage.directory.file("pages")
            let batch = await stage.qrpay("receipt", "render", path, Self.dinner, "--out-dir", pages, "--json")
            #expect(batch.status == 1)
            #expect(try batch.json().elements.map { $0["error"]["code"].text } == ["ambiguous_unit", nil], "\(batch)")
            for (unit, total) in [("roubles", "300.00 ₽"), ("kopecks", "3.00 ₽")] {
                try await stage.qrpay(["receipt", "check", path, "--unit", unit]).succeeded()
                let text = await stage.qrpay(["receipt", "render", path, "--unit", unit])
                #expect(try text.succeeded().stdout.contains(" \(total)\n"), "\(text)")
                try await stage.qrpay(["receipt", "render", path, "--unit", unit, "--out-dir", pages]).succeeded()
            }
            await stage.expectFailure(["receipt", "check", path, "--unit", "cents"], 2, "usage", "kopecks, roubles")
            let lines = try stage.file("open.jsonl", "\(Self.openUnit)\n\(Self.openUnit)\n")
            await stage.expectFailure(["receipt", "render", lines], 2, "bad_receipt", "contains 2 receipts")
        }
    }

    @Test func `a Unix time alone is noted`() async throws {
        try await Stage.run { stage async throws in
            let told = "a Unix time, read as the local time 2023-10-16 10:13:00"
            let alone = #"{"dateTime":1697451180,"totalSum":0,"items":[]}"#
            let path = try stage.file("alone.json", alone)
            let beside = try stage.file("beside.json", #"{"query":{"date":"2023-10-16T13:13"},"ticket":\#(alone)}"#)
            let check = await stage.qrpay(["receipt", "check", path])
            #expect(
                check.status == 0 && check.rows.map { $0[1] } == ["note"] && check.stdout.contains(told), "\(check)")
            let json = try await stage.qrpay(["receipt", "check", path, beside, "--json"]).succeeded().json().elements
            #expect(json.map { $0["verdict"] } == ["ok", "ok"], "a note is not a finding")
            #expect(json[0]["notes"].elements.count == 1 && json[1]["notes"].elements.isEmpty)
            let pages = stage.directory.file("pages")
            for output in [["-o", stage.directory.file("a.pdf")], ["--out-dir", pages]] {
                let run = await stage.qrpay(["receipt", "render", path] + output)
                #expect(run.status == 0 && run.stderr.contains(told), "\(run)")
            }
            let text = await stage.qrpay(["receipt", "render", beside])
            #expect(text.stdout.contains("16.10.2023 13:13") && text.stderr.isEmpty, "\(text)")
        }
    }

    @Test func `images have the given resolution`() async throws {
        try await Stage.run { stage async throws in
            func width(_ path: String) throws -> Int {
                try Data(contentsOf: URL(filePath: path))[16..<20].reduce(0) { $0 << 8 | Int($1) }
            }
            let (image, pages) = (stage.directory.file("a.png"), stage.directory.file("pages"))
            for (dpi, expected) in [([], 454), (["--dpi", "72"], 227), (["--dpi", "300"], 945)] {
                try await stage.qrpay(["receipt", "render", Self.dinner, "-o", image] + dpi).succeeded()
                #expect(try width(image) == expected, "\(dpi)")
                let batch = ["receipt", "render", Self.dinner, "--out-dir", pages, "--format", "png"]
                try await stage.qrpay(batch + dpi).succeeded()
                #expect(try width("\(pages)/dinner.png") == expected, "\(dpi)")
            }
            for dpi in ["71", "601", "-1", "144.5", ""] {
                await stage.expectFailure(
                    ["receipt", "render", Self.dinner, "-o", image, "--dpi=\(dpi)"], 2, "usage", "from 72 to 600")
            }
        }
    }

    @Test(arguments: [("an array", "[", ",", "]"), ("JSON lines", "", "\n", "\n")])
    func `many receipts for one output`(_ name: String, _ start: String, _ separator: String, _ end: String)
        async throws
    {
        try await Stage.run { stage async throws in
            let all = Array(repeating: Self.receipt(), count: 3).joined(separator: separator)
            let file = try stage.file("many.json", start + all + end)
            let run = await stage.qrpay("receipt", "render", file, "-o", stage.directory.file("y.pdf"))
            #expect(run.status == 2 && run.stderr.contains("\(file): contains 3 receipts"), "\(run)")
            #expect(run.stderr.contains("try: --out-dir DIR makes a page for each"), "\(run)")
        }
    }

    @Test func `a missing file is counted`() async throws {
        try await Stage.run { stage async throws in
            let pages = stage.directory.file("pages")
            let run = await stage.qrpay("receipt", "render", Self.dinner, "/no/such.json", "--out-dir", pages)
            #expect(
                run.status == 3
                    && run.stderr.contains("1 rendered, 0 failed, 1 file could not be read\n"), "\(run)")
        }
    }

    @Test func `render many`() async throws {
        try await Stage.run { stage async throws in
            let many = try stage.file("many.jsonl", "\(Self.receipt())\n{}\n\(Self.receipt(total: 2000))\n")
            let pages = stage.directory.file("pages")
            let run = await stage.qrpay(["receipt", "render", many, Self.dinner, "--out-dir", pages])
            #expect(run.status == 1 && run.stderr.contains("3 rendered, 1 failed"), "\(run)")
            #expect(run.stderr.contains("\(many):2: not a receipt"), "\(run)")
            let names = ["many-1.pdf", "many-3.pdf", "dinner.pdf"]
            #expect(run.rows.map { $0[0] } == names.map { "\(pages)/\($0)" }, "\(run)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: pages).sorted() == names.sorted())

            let json = await stage.qrpay(
                ["receipt", "render", many, "--out-dir", pages, "--format", "text", "--json"])
            let entries = try json.json().elements
            #expect(entries.map { $0["file"].text } == ["\(pages)/many-1.txt", nil, "\(pages)/many-3.txt"], "\(json)")
            #expect(entries[1]["error"]["code"] == "bad_receipt", "\(json)")
        }
    }

    @Test func `a page too long for an image does not affect others`() async throws {
        try await Stage.run { stage async throws in
            let item = #"{"name": "Soup", "price": 1, "quantity": 1, "sum": 1}"#
            let items = Array(repeating: item, count: 1_000).joined(separator: ",")
            let long = try stage.file("long.json", #"{"totalSum": 1000, "items": [\#(items)]}"#)
            let pages = stage.directory.file("pages")
            await stage.expectFailure(
                ["receipt", "render", long, "-o", stage.directory.file("a.png")], 2, "image_too_large", "pixels")
            let run = await stage.qrpay("receipt", "render", long, Self.dinner, "--out-dir", pages, "--format", "png")
            #expect(run.status == 1 && run.rows.map { $0[0] } == ["\(pages)/dinner.png"], "\(run)")
        }
    }

    @Test func `a page too long for a PDF does not affect others`() async throws {
        try await Stage.run { stage async throws in
            let items = Array(repeating: "{}", count: 9_000).joined(separator: ",")
            let modifiers = Array(repeating: #"{"markupSum":1}"#, count: 60_000).joined(separator: ",")
            let tall = try stage.file(
                "tall.json",
                #"{"totalSum": 1, "items": [\#(items)], "stornoItems": [\#(items)], "modifiers": [\#(modifiers)]}"#)
            let pages = stage.directory.file("pages")
            let run = await stage.qrpay("receipt", "render", tall, Self.dinner, "--out-dir", pages, "--json")
            let entries = try run.json().elements
            #expect(run.status == 1 && entries.map { $0["error"]["code"].text } == ["page_too_large", nil], "\(run)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: pages) == ["dinner.pdf"])
        }
    }

    @Test func `a file of another receipt is not written twice`() async throws {
        try await Stage.run { stage async throws in
            let many = try stage.file("many.jsonl", "\(Self.receipt())\n\(Self.receipt())\n")
            let clash = try stage.file("many-2.json", Self.receipt(total: 2000))
            let pages = stage.directory.file("pages")
            let run = await stage.qrpay("receipt", "render", many, clash, Self.dinner, "--out-dir", pages, "--json")
            let entries = try run.json().elements
            #expect(run.status == 1 && entries.map { $0["error"]["code"].text } == [nil, nil, "usage", nil], "\(run)")
            #expect(
                entries[2]["error"]["message"].text?.contains("many-2.pdf is already the file of") == true, "\(run)")
            let names = ["dinner.pdf", "many-1.pdf", "many-2.pdf"]
            #expect(try FileManager.default.contentsOfDirectory(atPath: pages).sorted() == names)
        }
    }

    @Test func `conflicting render options are refused`() async throws {
        try await Stage.run { stage async throws in
            let pages = stage.directory.file("pages")
            let copy = try stage.file("dinner.txt", Self.receipt())
            let cases: [([String], Int32, String, String)] = [
                ([], 2, "usage", "nothing to render: give FILE or --document"),
                ([Self.dinner, copy], 2, "usage", "2 files"),
                (["--out-dir", pages], 2, "usage", "nothing to render: give FILE"),
                (
                    [Self.dinner, "--out-dir", pages, "-o", "a.pdf"], 2, "usage",
                    "--output cannot be used with --out-dir"
                ),
                ([Self.dinner, copy, "--out-dir", pages], 2, "usage", "would be written to the same files"),
                ([Self.dinner, "--document", "a-1"], 2, "usage", "FILE and --document cannot be given together"),
                ([Self.dinner, "--out-dir", "/proc/x"], 2, "cannot_write", "/proc/x"),
                (["none.json", "--out-dir", pages], 3, "file_not_found", "none.json"),
            ]
            for (arguments, status, code, phrase) in cases {
                await stage.expectFailure(["receipt", "render"] + arguments, status, code, phrase)
            }
        }
    }

    @Test func `invalid receipts are not rendered`() async throws {
        try await Stage.run { stage async throws in
            let cases: [([String], Int32, String, String)] = [
                (["no.json"], 3, "file_not_found", "no.json"), (["/"], 2, "file_unreadable", "Is a directory"),
                (["-"], 2, "bad_receipt", "standard input"),
                ([Self.dinner, "--width", "31"], 2, "usage", "--width '31'"),
                ([Self.dinner, "--format", "xml"], 2, "usage", "must be one of pdf, png, text"),
            ]
            for (arguments, status, code, phrase) in cases {
                await stage.expectFailure(["receipt", "render"] + arguments, status, code, phrase, input: "{")
            }
            let terminal = Terminal(isTerminal: true, columns: 80)
            await stage.qrpay(["receipt", "render", Self.dinner, "--format", "pdf"], terminal: terminal)
                .failed(2, "usage", "a pdf cannot be written to a terminal")
        }
    }
}
