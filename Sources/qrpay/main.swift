import Glibc
import QRPayCLI

exit(await Program.run(Array(CommandLine.arguments.dropFirst()), .live()))
