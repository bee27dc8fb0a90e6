import Glibc
import QRPayCLI

let arguments = Array(CommandLine.arguments.dropFirst())
let context = Context.live()
if let status = Program.refusal(arguments, context) { exit(status) }
exit(await Program.run(arguments, context))
