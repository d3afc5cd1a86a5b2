import ConsimCommands

await ConsimCommand.main(subjects: [])
