import CommandLineKit
import DrawingKit
import HTTPKit
import Payments
import WorldKit

/// The program as a function of its arguments, returning the exit status; everything else goes through the context.
package enum Program {
    /// - Parameter arguments: the words after the program's name.
    package static func run(_ arguments: [String], _ context: Context) async -> Int32 {
        var context = context
        context.deeds = Deeds()
        do {
            return try await dispatch(arguments, context).code
        } catch is ClosedPipe {
            // The reader of the output has gone.
            return ExitStatus.done.code
        } catch {
            return report(error, asJSON: arguments.contains("--json"), context).code
        }
    }

    /// Raises the limit of open files before anything is awaited: the runtime traps without a descriptor for its
    /// timers.
    /// - Returns: the exit status when the limit is too low.
    package static func refusal(_ arguments: [String], _ context: Context) -> Int32? {
        OpenFiles.raiseLimit()
        guard !OpenFiles.areAvailable(OpenFiles.neededByCommand) else { return nil }
        let problem = Problem.tooFewOpenFiles(OpenFiles.limitForCommand)
        return report(problem, asJSON: arguments.contains("--json"), context).code
    }

    private static func dispatch(_ arguments: [String], _ context: Context) async throws -> ExitStatus {
        let time = TimeReference(now: context.world.now(), zone: context.zone)
        switch try CommandRegistry.table.parse(arguments, at: time) {
        case .help(let path):
            try context.output.write(
                HelpPage.render(
                    CommandRegistry.table, path: path, width: min(context.terminal.columns, 100),
                    style: context.terminal.style))
            return .done
        case .version:
            try context.output.write("qrpay \(Release.version)\n")
            return .done
        case .run(let spec, let options):
            guard let command = CommandRegistry.command(at: spec.path) else {
                throw Problem(.defect, "no_such_command", "\(spec.title): this command has no implementation")
            }
            try NeededLibrary.open(command.libraries.filter { $0.isNeeded(options, context) })
            return try await command.run(options, context)
        }
    }

    private static func report(_ error: any Error, asJSON: Bool, _ context: Context) -> ExitStatus {
        let problem: Problem
        var text: TerminalText?
        switch error {
        case let usage as UsageError:
            problem = Problem(
                .invalid, "usage", usage.message, hint: usage.advice ?? usage.hints(program: "qrpay").last)
            text = asJSON ? nil : usage.text(program: "qrpay")
        case let failure as OutputFailure:
            problem = failure.problem(after: context.deeds)
        case let error as HTTPServerError:
            problem = Problem(error)
        case let error as DocumentError:
            problem = Problem(error)
        default:
            problem = Problem(error)
        }
        // Standard error is closed too: nothing can be reported.
        try? context.errors.write(
            text ?? ErrorText.render(problem, asJSON: asJSON, style: context.errorTerminal.style))
        return ExitStatus(problem.kind)
    }
}
