import EncodingKit
import PaymentCore

/// A simulation's result as JUnit XML: a test case for every expectation and every
/// invariant.
package struct JUnitReport: Sendable {
    private let report: SimulationReport

    package init(_ report: SimulationReport) { self.report = report }

    /// The whole document.
    package var xml: String {
        let suites = [expectations, invariants]
        let tests = suites.reduce(0) { $0 + $1.cases.count }
        let failures = suites.reduce(0) { $0 + $1.failures }
        let attributes = [
            ("name", report.scenario), ("tests", "\(tests)"), ("failures", "\(failures)"),
            ("time", Self.seconds(report.seconds)),
        ]
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + Self.element("testsuites", attributes, suites.map(\.xml).joined(), indent: "")
    }

    fileprivate struct Case {
        var name: String
        var failure: String?
        var skipped: String?
        /// The details below the failure's first line.
        var text = ""
    }

    fileprivate struct Suite {
        var name: String
        var seconds: Double
        var cases: [Case]

        var failures: Int { cases.count { $0.failure != nil } }

        var xml: String {
            JUnitReport.element(
                "testsuite",
                [
                    ("name", name), ("tests", "\(cases.count)"), ("failures", "\(failures)"), ("errors", "0"),
                    ("skipped", "\(cases.count { $0.skipped != nil })"), ("time", JUnitReport.seconds(seconds)),
                ],
                cases.map { $0.xml(in: name) }.joined(), indent: "  ")
        }
    }

    private var expectations: Suite {
        var cases = report.expectations.map { expectation in
            Case(
                name: "\(expectation.place) is \(expectation.expected)",
                failure: expectation.missed.map { "\(expectation.expected) expected, found \($0)" },
                skipped: expectation.unchecked)
        }
        cases.append(
            Case(
                name: "completes all work",
                failure: report.pending.isEmpty ? nil : "\(report.pending.count) in progress",
                text: report.pending.joined(separator: "\n")))
        return Suite(name: "\(report.scenario).expectations", seconds: report.seconds, cases: cases)
    }

    private var invariants: Suite {
        Suite(
            name: "\(report.scenario).invariants", seconds: 0,
            cases: report.invariants.map { invariant in
                Case(
                    name: invariant.name,
                    failure: invariant.broken.first.map { "\(invariant.name): \($0.explanation)" },
                    skipped: invariant.broken.isEmpty ? invariant.unchecked : nil,
                    text: invariant.broken.map { $0.text }.joined(separator: "\n"))
            })
    }

    // MARK: XML 1.0

    fileprivate static func element(
        _ name: String, _ attributes: [(name: String, value: String)], _ content: String, indent: String
    ) -> String {
        let start = attributes.reduce(indent + "<" + name) { $0 + " \($1.name)=\"\(Markup.escaped($1.value))\"" }
        return content.isEmpty ? start + "/>\n" : start + ">\n" + content + indent + "</" + name + ">\n"
    }

    fileprivate static func seconds(_ seconds: Double) -> String {
        "\((max(0, seconds) * 1000).rounded() / 1000)"
    }
}

extension JUnitReport.Case {
    fileprivate func xml(in suite: String) -> String {
        var content = ""
        if let failure {
            content = JUnitReport.element("failure", [("message", failure)], "", indent: "      ")
            if !text.isEmpty {
                content +=
                    "      <system-out>" + Markup.escaped(text, keepsLineFeeds: true) + "</system-out>\n"
            }
        } else if let skipped {
            content = JUnitReport.element("skipped", [("message", skipped)], "", indent: "      ")
        }
        return JUnitReport.element("testcase", [("classname", suite), ("name", name)], content, indent: "    ")
    }
}

extension SimulationReport.Violation {
    /// One line, with the relevant ids.
    package var text: String {
        let ids = [("order", orderID), ("uid", uid), ("eda_order", edaOrderID), ("bill", step)]
            .compactMap { name, id in id.map { "\(name) \($0)" } }
        return "\(invariant): \(explanation)" + (ids.isEmpty ? "" : " [\(ids.joined(separator: ", "))]")
    }
}
