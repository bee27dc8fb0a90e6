/// Breaks centered text into the smallest number of lines, balanced in length.
enum BalancedLines {
    /// - Parameter measure: the width of a text on one line, in the unit of `width`.
    /// - Returns: nil if a word is wider than a line.
    static func lines(
        of text: String, width: Double, measure: (String) throws -> Double
    ) rethrows -> [String]? {
        let words = tied(text)
        let widths = try words.map(measure)
        guard let widest = widths.max(), widest <= width else { return nil }
        let blank = try measure("x x") - 2 * measure("x")
        func starts(within limit: Double) -> [Int] {
            var (starts, used) = ([0], widths[0])
            for index in words.indices.dropFirst() {
                used += blank + widths[index]
                if used > limit {
                    starts.append(index)
                    used = widths[index]
                }
            }
            return starts
        }
        var best = starts(within: width)
        var (low, high) = (widest, width)
        // A 256th of a line is invisible.
        while high - low > width / 256 {
            let middle = (low + high) / 2
            let narrower = starts(within: middle)
            if narrower.count > best.count { low = middle } else { (best, high) = (narrower, middle) }
        }
        return zip(best, best.dropFirst() + [words.count]).map { words[$0..<$1].joined(separator: " ") }
    }

    /// The words, with each abbreviation kept together with the next word: `ул. Тверская`, `д. 12`.
    private static func tied(_ text: String) -> [String] {
        var words: [String] = []
        for word in text.split(separator: " ") {
            if let last = words.last, isAbbreviation(last.split(separator: " ").last ?? "") {
                words[words.count - 1] += " \(word)"
            } else {
                words.append(String(word))
            }
        }
        return words
    }

    private static func isAbbreviation(_ word: Substring) -> Bool {
        word.last == "." && word.count <= 5 && word.first?.isLowercase == true
    }
}
