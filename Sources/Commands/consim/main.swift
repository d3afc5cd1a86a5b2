import ConsimCommands
import Streamlet

// The one place that knows whether the program shares records; Package.swift decides.
#if RECORDS
  import RecordCommands

  let records: CommandExtension? = .records
#else
  let records: CommandExtension? = nil
#endif

await ConsimCommand.main(
  subjects: [.streamlet], explorations: .streamlet, records: records)
