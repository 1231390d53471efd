"""Published closed-form ways to forget, to be compared with; none of them is the product's edit.

Each file is one method and says what differs from its source. All get the same `Problem`: the
model, its study, and what was located about the subjects. `table.METHODS` lists them with their
published settings. They change down-projections only and take what a down-projection puts out for
what the MLP adds to the stream; where a norm stands in between (gemma2, gemma3) that is not so.
"""
