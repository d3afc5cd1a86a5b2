import ConsimCommands
import Streamlet

// The one place that knows whether the program shares records; Package.swift decides.
#if RECORDS
  import RecordCommands

  await ConsimCommand.main(subjects: [.streamlet], records: .records)
#else
  await ConsimCommand.main(subjects: [.streamlet])
#endif
