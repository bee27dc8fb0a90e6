import TestSupport
import Testing

@testable import Simulator

@Suite struct JUnitReportTests {
    private static let report = SimulationReport(
        scenario: "a<b>&\"c\"", seed: 1, steps: 2, seconds: 1.25, outcomes: [:],
        expectations: [
            CheckedExpectation(place: "dinner", expected: "PAYED", missed: nil),
            CheckedExpectation(place: "tea", expected: "PAYED", missed: "bell\u{7}\nline & <tag>"),
        ],
        invariants: [
            .init(name: "one_clear", unchecked: nil, broken: []),
            .init(name: "sides_agree", unchecked: "no store", broken: []),
            .init(
                name: "payer_kept", unchecked: nil,
                broken: [
                    .init(
                        invariant: "payer_kept", orderID: "o1", uid: "anna", edaOrderID: nil, step: "dinner",
                        explanation: "anna < boris")
                ]),
        ],
        latencies: [:], payments: 0, paymentsPerSecond: 0, statuses: [:], ids: [:], pending: [])

    @Test func `a case for every expectation and invariant`() {
        let xml = JUnitReport(Self.report).xml
        #expect(
            xml.contains(
                #"<testsuites name="a&lt;b&gt;&amp;&quot;c&quot;" tests="6" failures="2" time="1.25">"#), "\(xml)")
        #expect(xml.contains("PAYED expected, found bell\u{FFFD}&#10;line &amp; &lt;tag&gt;"), "\(xml)")
        #expect(xml.contains("payer_kept: anna &lt; boris [order o1, uid anna, bill dinner]"), "\(xml)")
        #expect(xml.contains(#"<skipped message="no store"/>"#), "\(xml)")
    }

    @Test func `it is well formed`() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(Array(JUnitReport(Self.report).xml.utf8), as: "junit.xml")
        let check =
            "import sys, xml.dom.minidom as d; r = d.parse(sys.argv[1]); "
            + "print(len(r.getElementsByTagName('testcase')), len(r.getElementsByTagName('failure')))"
        let tool = try Tool("python3", "-c", check, path)
        #expect(tool.status == 0 && tool.output == "6 2\n", "\(tool.output)")
    }
}
