import ConsimCommands
import Streamlet

await ConsimCommand.main(subjects: [.streamlet])
