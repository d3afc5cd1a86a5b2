import ConsimCommands
import RunPlans

// The program of consim with one more protocol: `fixed-leader run scenario.yaml`.
await ConsimCommand.main(subjects: [Subject(FixedLeaderSubject.self)])
