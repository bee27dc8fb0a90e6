import Glibc
import Payments

/// The limit of open files and connections, and how it is divided.
enum OpenFiles {
    /// The most files a command has open, besides a server's connections: the store, its lock, a partner, timers.
    static let neededByCommand = 20
    /// The limit a command needs, including the standard streams.
    static let limitForCommand = neededByCommand + 4
    /// The same for a server, with its threads, the store's readers and files open briefly.
    private static let keptByServer = 48
    /// The maximum of useful connections to partners.
    private static let maximumPartnerConnections = 256

    /// Raises the limit as far as the system allows.
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

    /// Whether `count` more files can be opened now.
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

    /// Concurrent connections to partners.
    static func partnerConnections(of limit: Int) -> Int {
        min(maximumPartnerConnections, max(2, (limit - keptByServer) / 3))
    }

    /// How a server divides its descriptors, so that many connections never block its partners and its store.
    struct Shares: Equatable {
        var connections: Int
        var partnerConnections: Int

        /// - Parameters:
        ///   - limit: the total of open files.
        ///   - wanted: connections to serve, including the reserve.
        /// - Throws: ``Problem`` `too_few_open_files`.
        init(of limit: Int, wanted: Int) throws {
            partnerConnections = OpenFiles.partnerConnections(of: limit)
            connections = min(wanted, limit - keptByServer - partnerConnections)
            guard connections >= 8 else { throw Problem.tooFewOpenFiles(keptByServer + 12) }
        }
    }
}

extension Problem {
    /// - Parameter needed: the limit that would suffice.
    static func tooFewOpenFiles(_ needed: Int) -> Problem {
        Problem(
            .system, "too_few_open_files", "the limit of open files is too low: at least \(needed) are needed",
            hint: "raise the limit with 'ulimit -n'")
    }
}
