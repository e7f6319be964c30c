"""
The push (推送): select → compose → deliver, and what comes back.

`select` finds what is new for whom, `compose` writes it, `deliver` drains the outbox over
`channels`, `links` signs what an enterprise may do, `receipts` records what it did. None of it
knows the web or the task queue.
"""
