import Glibc
import Payments

/// How many files and connections this process may have open, and who gets them.
enum OpenFiles {
    /// What a command opens at once, at most, besides a server's connections: the store, its lock, a partner, timers.
    static let neededByCommand = 20
    /// The limit that lets a command do its work: the standard streams are open besides.
    static let limitForCommand = neededByCommand + 4
    /// The same for a server with its threads, the store's readers and files that are open for a moment.
    private static let keptByServer = 48
    /// No more connections to partners are useful.
    private static let maximumPartnerConnections = 256

    /// Raises the limit as far as the system lets it; where it does not, the former one stays.
    /// - Returns: the limit.
    @discardableResult
    static func raiseLimit() -> Int {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(files, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Whether so many more can be opened now.
    static func areAvailable(_ count: Int) -> Bool {
        var opened: [Int32] = []
        defer { for descriptor in opened { close(descriptor) } }
        while opened.count < count {
            let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return errno != EMFILE && errno != ENFILE }
            opened.append(descriptor)
        }
        return true
    }

    /// Connections to partners that may be open at once.
    static func partnerConnections(of limit: Int) -> Int {
        min(maximumPartnerConnections, max(2, (limit - keptByServer) / 3))
    }

    /// How a server divides its descriptors, so that no flood of connections keeps it from its partners and its store.
    struct Shares: Equatable {
        var connections: Int
        var partnerConnections: Int

        /// - Parameters:
        ///   - limit: what may be open in all.
        ///   - wanted: connections to serve, those in reserve included.
        /// - Throws: ``Problem`` `too_few_open_files`.
        init(of limit: Int, wanted: Int) throws {
            partnerConnections = OpenFiles.partnerConnections(of: limit)
            connections = min(wanted, limit - keptByServer - partnerConnections)
            guard connections >= 8 else { throw Problem.tooFewOpenFiles(keptByServer + 12) }
        }
    }
}

extension Problem {
    /// - Parameter needed: the limit that would do.
    static func tooFewOpenFiles(_ needed: Int) -> Problem {
        Problem(
            .system, "too_few_open_files", "too few files may be open: at least \(needed) are needed",
            hint: "raise the limit with 'ulimit -n'")
    }
}
