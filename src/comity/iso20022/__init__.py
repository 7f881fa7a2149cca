"""Messages of ISO 20022 to typed values, and back: a library without a node, a clock or a network.

What comes in goes through four gates, each of which says what is wrong in its own terms:

1. `parsing.Parser` looks at the bytes, parses them and holds header and document against the schemas
   of their versions (`schemas`); what fails is a `refusal.MessageRefused`, answered with admi.002.
2. `reading.read` makes typed values of the document in one pass, by the annotations of the structs in
   `messages`, which are the mapping of every field (`table`).
3. `rules.broken` names the usage rules that a message breaks, by their ids.
4. `instructions` makes what the engine takes of what is left: columns of payments, entries of PvPs,
   commands.

What goes out is built as a struct of `messages`, most of it by `replies`, and written by
`writing.Writer` in the version that its receiver speaks; `forwarding` passes a payment on as it came,
`initiating` makes payments of what customers ask for, `statements` writes statements of any length.
"""
