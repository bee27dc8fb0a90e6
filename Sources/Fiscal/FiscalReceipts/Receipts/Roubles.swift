/// Formats kopecks as roubles for explanations.
enum Roubles {
    /// With two decimals and a point, `"-120.50"`.
    static func text(_ kopecks: some BinaryInteger) -> String {
        let (roubles, rest) = kopecks.magnitude.quotientAndRemainder(dividingBy: 100)
        return "\(kopecks < 0 ? "-" : "")\(roubles).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// As a signed term, `"- 120.50"`.
    static func signed(_ kopecks: Int128) -> String { "\(kopecks < 0 ? "-" : "+") \(text(kopecks.magnitude))" }

    /// Terms as a sum, abbreviated if there are many, `"1.00 + 2.00 - 3.00"`.
    static func joined(_ terms: [String]) -> String {
        guard let first = terms.first else { return "nothing" }
        let sum = terms.dropFirst().prefix(7).reduce(first) { sum, term in
            term.hasPrefix("-") ? "\(sum) - \(term.dropFirst())" : "\(sum) + \(term)"
        }
        return terms.count > 8 ? "\(sum) + … (\(terms.count) terms)" : sum
    }
}
