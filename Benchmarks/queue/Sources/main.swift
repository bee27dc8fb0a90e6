import FoundationEssentials
import Glibc

guard CommandLine.arguments.count >= 3, let measurement = Measurement(rawValue: CommandLine.arguments[1]) else {
    let names = Measurement.allCases.map(\.rawValue).joined(separator: "|")
    print("usage: queue-benchmark \(names) STORE [COUNT]")
    exit(2)
}
let count = CommandLine.arguments.dropFirst(3).first.flatMap { Int($0) }
let bench = try await Bench(store: CommandLine.arguments[2])
try await bench.run(measurement, count: count)
await bench.close()
