/// Suggestions for a mistyped word.
enum Suggestions {
    /// At most three candidates, nearest first; candidates at equal distance keep their order.
    ///
    /// A candidate is near if it begins with `word` (of at least two letters), or if its edit distance is at most a
    /// third of its length, at least 1.
    static func near(_ word: String, in candidates: [String]) -> [String] {
        let typed = Array(word.unicodeScalars)
        let ranked = candidates.enumerated().compactMap { order, candidate -> (distance: Int, order: Int)? in
            let letters = Array(candidate.unicodeScalars)
            let limit = max(1, letters.count / 3)
            if typed.count >= 2, letters.starts(with: typed) { return (1, order) }
            // Words that differ too much in length need no distance matrix.
            guard abs(letters.count - typed.count) <= limit else { return nil }
            let distance = distance(typed, letters)
            return distance <= limit ? (distance, order) : nil
        }
        return ranked.sorted { $0 < $1 }.prefix(3).map { candidates[$0.order] }
    }

    /// The number of insertions, deletions, substitutions and transpositions that turn `a` into `b`
    /// (Damerau-Levenshtein, optimal string alignment).
    static func distance<Letter: Equatable>(_ a: [Letter], _ b: [Letter]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var beforePrevious: [Int] = []
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var current = [i]
            for j in 1...b.count {
                let replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                var best = min(previous[j] + 1, current[j - 1] + 1, replaced)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    best = min(best, beforePrevious[j - 2] + 1)
                }
                current.append(best)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[b.count]
    }
}
