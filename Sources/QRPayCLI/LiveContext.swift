import CommandLineKit
import EncodingKit
import FoundationEssentials
import Glibc
import HTTPKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

extension Context {
    /// The process's streams, clock, randomness and signals.
    package static func live() -> Context {
        // A closed pipe is an error of the next write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        occupyStandardDescriptors()
        let environment = ProcessInfo.processInfo.environment
        return Context(
            output: sink(STDOUT_FILENO, "standard output"), errors: sink(STDERR_FILENO, "standard error"),
            terminal: Terminal(
                isTerminal: isatty(STDOUT_FILENO) == 1, windowColumns: windowColumns(STDOUT_FILENO),
                environment: { environment[$0] }),
            errorTerminal: Terminal(
                isTerminal: isatty(STDERR_FILENO) == 1, windowColumns: windowColumns(STDERR_FILENO),
                environment: { environment[$0] }),
            readInput: {
                try LocalFile.read(STDIN_FILENO, "standard input", maximumBytes: $0, what: "the input")
            },
            environment: environment, world: .live, zone: .live(environment), processes: .live,
            makeTransport: {
                let connections = OpenFiles.partnerConnections(of: OpenFiles.raiseLimit())
                return CurlTransport(options: CurlOptions(maximumConnections: connections))
            },
            holdStopSignals: { _ = StopSignals.shared }, stopSignal: { await StopSignals.shared.wait() },
            showFile: { try DesktopViewer.show($0, environment: environment) })
    }

    /// A closed standard descriptor would be reused for the next file or socket, and output written into it.
    /// So it is opened in the wrong mode, for its use to remain an error.
    private static func occupyStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    private static func sink(_ descriptor: Int32, _ name: String) -> OutputSink {
        OutputSink { bytes in
            switch LocalFile.write(bytes, to: descriptor) {
            case 0: return
            case EPIPE: throw ClosedPipe()
            // Errors of side messages never affect the result.
            case _ where descriptor == STDERR_FILENO: throw ClosedPipe()
            case let number: throw OutputFailure(stream: name, number)
            }
        }
    }

    private static func windowColumns(_ descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

extension Zone {
    /// The zone that `TZ` names, or the machine's (tzset(3)).
    fileprivate static func live(_ environment: [String: String]) -> Zone {
        let name = environment["TZ"]
        return Zone(name: name ?? "local", isKnown: name.map { isKnown($0, environment) } ?? true) { seconds in
            tzset()
            var time = time_t(seconds)
            var parts = tm()
            return localtime_r(&time, &parts) == nil ? 0 : parts.tm_gmtoff
        }
    }

    /// Whether libc knows the zone in `TZ`; it treats unknown ones as UTC.
    private static func isKnown(_ name: String, _ environment: [String: String]) -> Bool {
        let file = name.utf8.first == UInt8(ascii: ":") ? String(name.dropFirst()) : name
        guard !file.isEmpty, file != "UTC" else { return true }
        let directory = environment["TZDIR"] ?? "/usr/share/zoneinfo"
        let path = file.utf8.first == UInt8(ascii: "/") ? file : "\(directory)/\(file)"
        // Without a file it is a rule of POSIX: EST5EDT, <+03>-3.
        return access(path, R_OK) == 0 || name.firstMatch(of: /^([A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)[+-]?[0-9]/) != nil
    }
}

extension Processes {
    /// Worker names: host, process number, the process's start time, so that a reused number is detected, and the
    /// number's namespace: processes of another kernel or container cannot be checked.
    static let live = Processes(own: name(of: getpid()).text) { text in
        guard let worker = WorkerName(text: text), worker.host == hostName, worker.numbering == numbering else {
            return true
        }
        return name(of: worker.process) == worker
    }

    private static let hostName: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    /// The kernel's boot and the namespace of process numbers.
    private static let numbering: String = {
        let boot = try? LocalFile.read("/proc/sys/kernel/random/boot_id", maximumBytes: 64, what: "the boot")
        var status = stat()
        let namespace = stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0
        return String(decoding: (boot ?? []).prefix(8), as: UTF8.self) + "-\(namespace)"
    }()

    private static func name(of process: pid_t) -> WorkerName {
        WorkerName(host: hostName, process: process, start: startTime(of: process) ?? "0", numbering: numbering)
    }

    /// Field 22 of `/proc/PID/stat`, in clock ticks since boot; nil when the process does not exist.
    private static func startTime(of process: pid_t) -> String? {
        guard let text = try? LocalFile.read("/proc/\(process)/stat", maximumBytes: 4096, what: "the process") else {
            return nil
        }
        // The second field is the program's name in parentheses and may hold anything.
        guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = text[(end + 1)...].split(separator: UInt8(ascii: " "))
        return fields.count > 19 ? String(decoding: fields[19], as: UTF8.self) : nil
    }
}
