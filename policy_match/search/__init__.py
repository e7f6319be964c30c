"""
Finds policies: one segmentation, one port, an embedded engine behind it (政策检索).

`ports.py` is what an engine promises, `query.py` what may be asked, `document.py` what of a policy
goes into which field, `plan.py` what a text query becomes. Only `embedded` knows tantivy.
"""
